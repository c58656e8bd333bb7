package io.gantry.grpc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/** What tells this manager from others: made at the first start, and kept in the root folder. */
final class ManagerId {
  private ManagerId() {}

  static String in(Path root) throws IOException {
    Path file = root.resolve("uuid");
    if (Files.exists(file)) return Files.readString(file).strip();
    String fresh = UUID.randomUUID().toString();
    Files.deleteIfExists(root.resolve("uuid.new")); // of a start that was killed
    Path made = Files.createFile(root.resolve("uuid.new"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(made, fresh + "\n");
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    return fresh;
  }
}
