package io.gantry.content.local;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.spi.content.Blob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/** Finished blobs, {@code blobs/<algorithm>/<hex>}. Every call opens what it needs, so that a replaced instance holds nothing. */
final class Blobs {
  private static final List<String> ALGORITHMS = List.of("sha256", "sha512");
  private final Path root;

  Blobs(Path root) throws IOException {
    this.root = Folder.make(root);
    for (String algorithm : ALGORITHMS) Folder.make(root.resolve(algorithm));
  }

  private Path path(Digest d) {
    return root.resolve(d.algorithm()).resolve(d.hex());
  }

  Optional<Blob> find(Digest d) throws IOException {
    try {
      var a = Files.readAttributes(path(d), BasicFileAttributes.class, java.nio.file.LinkOption.NOFOLLOW_LINKS);
      return a.isRegularFile() ? Optional.of(new Blob(d, a.size(), a.lastModifiedTime().toInstant())) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Keeps no more than a page in memory, however many names the folder has. */
  List<Blob> list(Optional<Digest> after, int max) throws IOException {
    var page = new ArrayList<Blob>();
    for (String algorithm : ALGORITHMS) {
      if (after.isPresent() && algorithm.compareTo(after.get().algorithm()) < 0) continue;
      for (Digest d : digests(algorithm, after, max - page.size())) find(d).ifPresent(page::add);
      if (page.size() >= max) break;
    }
    return List.copyOf(page);
  }

  /** Names are compared before they are looked at closely: the folder is read once for each page. */
  private List<Digest> digests(String algorithm, Optional<Digest> after, int max) throws IOException {
    String from = after.filter(d -> d.algorithm().equals(algorithm)).map(Digest::hex).orElse("");
    var largestFirst = new PriorityQueue<Digest>(Comparator.reverseOrder());
    try (Stream<Path> names = Files.list(root.resolve(algorithm))) {
      for (var it = names.iterator(); it.hasNext() && max > 0; ) {
        String name = it.next().getFileName().toString();
        boolean full = largestFirst.size() == max;
        if (name.compareTo(from) <= 0 || full && name.compareTo(largestFirst.element().hex()) >= 0) continue;
        Optional<Digest> d = digest(algorithm, name);
        if (d.isEmpty()) continue;
        if (full) largestFirst.remove();
        largestFirst.add(d.get());
      }
    }
    return largestFirst.stream().sorted().toList();
  }

  /** A name that is no digest is somebody else's (C-7). */
  private static Optional<Digest> digest(String algorithm, String hex) {
    try {
      return Optional.of(new Digest(algorithm, hex));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  int read(Digest d, long position, ByteBuffer into) throws IOException {
    if (position < 0) throw new IllegalArgumentException("read of " + d + " at " + position);
    try (FileChannel in = FileChannel.open(path(d), StandardOpenOption.READ)) {
      return in.read(into, position);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("blob " + d + " is not in " + root, e);
    }
  }

  void remove(Digest d) throws IOException {
    Files.deleteIfExists(path(d));
  }

  /** Gives synced bytes their name, durably. */
  Blob publish(Path data, Digest d) throws IOException {
    Files.setLastModifiedTime(data, FileTime.from(Instant.now()));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r--------"));
    Files.move(data, path(d), StandardCopyOption.ATOMIC_MOVE);
    Folder.sync(path(d).getParent());
    return find(d).orElseThrow(() -> new NotFoundException("blob " + d + " was removed while it was committed"));
  }
}
