package io.gantry.kit.world;

import io.gantry.kit.image.Programs;
import io.gantry.linux.Self;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A real ext4 in a file, over a loop device. What its kernel has not written to the device is not in that file: a copy of it is what a
 * power loss at that moment leaves.
 */
public final class LossyDisk implements Closeable {
  private final Path image;
  private final Path place;

  private LossyDisk(Path image, Path place) throws IOException {
    this.image = image;
    this.place = place;
    Files.createDirectory(place);
    Programs.output("mount", "-o", "loop,commit=300", image.toString(), place.toString()); // nothing is written by the clock
  }

  /** Why this cannot work here, or empty. */
  public static Optional<String> missing() {
    if (!Self.isRoot()) return Optional.of("needs root to mount a file system");
    if (!Files.exists(Path.of("/dev/loop-control"))) return Optional.of("needs loop devices");
    return Programs.find("mkfs.ext4").isPresent() ? Optional.empty() : Optional.of("needs mkfs.ext4");
  }

  /** @param folder where its file and its mount point are made */
  public static LossyDisk make(Path folder, int megabytes) throws IOException {
    Path image = folder.resolve("disk.img");
    Programs.output("truncate", "-s", megabytes + "M", image.toString());
    Programs.output("mkfs.ext4", "-q", image.toString());
    return new LossyDisk(image, folder.resolve("disk"));
  }

  public Path path() {
    return place;
  }

  /** Another disk, with what would be left of this one. */
  public LossyDisk afterPowerLoss() throws IOException {
    Path left = image.resolveSibling("left-of-" + image.getFileName());
    Programs.output("cp", "--sparse=always", image.toString(), left.toString());
    return new LossyDisk(left, place.resolveSibling("left-of-" + place.getFileName()));
  }

  @Override
  public void close() throws IOException {
    Programs.output("umount", place.toString());
  }
}
