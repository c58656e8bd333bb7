package io.gantry.metadata.mapdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** Names of the store's files, and how a file becomes visible: written under a passing name, synced, renamed, folder synced. */
record Folder(Path path) {
  static final String JOURNAL = "journal-";
  static final String SNAPSHOT = "snapshot-";
  private static final String PASSING = ".tmp";

  /** What a file is filled with. */
  @FunctionalInterface
  interface Fill {
    void fill(FileChannel out) throws IOException;
  }

  static Folder open(Path path) throws IOException {
    Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return new Folder(path);
  }

  Path named(String prefix, long sequence) {
    return path.resolve(prefix + String.format(Locale.ROOT, "%016x", sequence));
  }

  /** Files of a kind in order of their sequence. */
  List<Path> all(String prefix) throws IOException {
    try (var names = Files.list(path)) {
      return names.filter(p -> p.getFileName().toString().startsWith(prefix) && !p.getFileName().toString().endsWith(PASSING)).sorted()
          .toList();
    }
  }

  /** Makes a file appear whole or not at all. */
  void publish(Path target, Fill fill) throws IOException {
    Path passing = path.resolve(target.getFileName() + "." + UUID.randomUUID() + PASSING);
    try {
      try (FileChannel out = FileChannel.open(passing, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner())) {
        fill.fill(out);
        out.force(true);
      }
      Files.move(passing, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(passing);
      throw e;
    }
    sync();
  }

  void sync() throws IOException {
    try (FileChannel folder = FileChannel.open(path, StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  /** Removes what a snapshot of this sequence made needless, and passing files that no one can still be writing. */
  void forgetBefore(long sequence) throws IOException {
    String limit = String.format(Locale.ROOT, "%016x", sequence);
    try (var names = Files.list(path)) {
      for (Path p : names.toList()) {
        String name = p.getFileName().toString();
        for (String prefix : List.of(JOURNAL, SNAPSHOT)) {
          if (!name.startsWith(prefix) || name.length() < prefix.length() + 16) continue;
          if (name.substring(prefix.length(), prefix.length() + 16).compareTo(limit) < 0) Files.deleteIfExists(p);
        }
      }
    }
  }

  private static FileAttribute<?> owner() {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  }
}
