package io.gantry.content.local;

import io.gantry.api.ExhaustedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** What is done with folders and files everywhere here: only the owner may look in, and a name is durable when its folder was synced. */
final class Folder {
  private static final FileAttribute<?> OWNER_FOLDER = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<?> OWNER_FILE = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private Folder() {}

  /** Makes the folder where it is not there, durably. */
  static Path make(Path folder) throws IOException {
    if (Files.isDirectory(folder)) return folder;
    Files.createDirectories(folder, OWNER_FOLDER);
    sync(folder.getParent());
    return folder;
  }

  static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE), OWNER_FILE);
  }

  static void sync(Path folder) throws IOException {
    try (FileChannel open = FileChannel.open(folder, StandardOpenOption.READ)) {
      open.force(true);
    }
  }

  /** The failure in our words: a full disk is told as such. */
  static IOException told(String doing, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("No space left") || text.contains("quota exceeded")) {
      return new ExhaustedException(doing + ": the disk is full; make room and try again", e);
    }
    return e;
  }
}
