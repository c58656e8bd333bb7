package io.gantry.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/** What tells this manager from others: made at the first start, and kept in the root folder. */
final class ManagerId {
  private ManagerId() {}

  static String in(Path root) throws IOException {
    Path file = root.resolve("uuid");
    if (Files.exists(file)) {
      String known = Files.readString(file).strip();
      if (!known.isEmpty()) return known; // else a disk lost what was written
    }
    String fresh = UUID.randomUUID().toString();
    Files.deleteIfExists(root.resolve("uuid.new")); // of a start that was killed
    Path made = Files.createFile(root.resolve("uuid.new"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel out = FileChannel.open(made, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap((fresh + "\n").getBytes(StandardCharsets.US_ASCII)));
      out.force(true);
    }
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    return fresh;
  }
}
