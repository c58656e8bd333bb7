package io.gantry.api;

import java.util.List;

/**
 * One mount as plain data, in the words of mount(8) and of containerd's API.
 *
 * @param type {@code bind}, {@code overlay}, {@code erofs} …
 * @param source what is mounted: a folder, a file, or the type's name
 * @param target where below the root it goes; empty for the root itself
 * @param options e.g. {@code ro}, {@code rbind}, {@code lowerdir=/a:/b}; one option an element
 */
public record Mount(String type, String source, String target, List<String> options) {
  public Mount {
    options = List.copyOf(options);
  }
}
