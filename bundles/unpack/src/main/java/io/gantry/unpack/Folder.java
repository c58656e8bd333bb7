package io.gantry.unpack;

import io.gantry.linux.Fd;
import io.gantry.spi.layer.Name;

/**
 * An open folder of the tree, in which entries are made by descriptor.
 *
 * @param name where it really is, links resolved
 * @param fd opened by {@code O_PATH}, or the root
 * @param groups whether what is made in it gets its group (setgid)
 */
record Folder(Name name, Fd fd, boolean groups) {
  Name child(byte[] last) {
    return name.child(last);
  }

  int raw() {
    return fd.raw();
  }
}
