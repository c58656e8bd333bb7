package io.gantry.kit.world;

import io.gantry.kit.image.Programs;
import io.gantry.linux.Self;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A real ext4 whose disk is a file, so that a test sees what of it would outlive a power loss. */
public final class LoopDisk implements Closeable {
  private static final long BYTES = 64 << 20;
  private final Path disk;
  private final Path place;

  private LoopDisk(Path disk, Path place) {
    this.disk = disk;
    this.place = place;
  }

  /** Why this cannot work here, or empty. */
  public static Optional<String> missing() {
    if (!Self.isRoot()) return Optional.of("needs root to mount a file");
    if (Programs.find("mkfs.ext4").isEmpty()) return Optional.of("needs the program mkfs.ext4");
    return Files.exists(Path.of("/dev/loop-control")) ? Optional.empty() : Optional.of("needs loop devices");
  }

  /**
   * Makes the file system and mounts it.
   *
   * @param disk the file, which is made
   * @param place an empty folder
   * @throws IOException the mount failed
   */
  public static LoopDisk mount(Path disk, Path place) throws IOException {
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    Programs.output("mkfs.ext4", "-q", "-F", disk.toString());
    Programs.output("mount", "-o", "loop", disk.toString(), place.toString());
    return new LoopDisk(disk, place);
  }

  /** Whether the text of a file is on the disk: what the file system has not written out by now is not. */
  public boolean has(String text) throws IOException {
    return new String(Files.readAllBytes(disk), StandardCharsets.ISO_8859_1).contains(text);
  }

  @Override
  public void close() throws IOException {
    Programs.output("umount", place.toString());
  }
}
