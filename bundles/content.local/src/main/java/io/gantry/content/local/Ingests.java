package io.gantry.content.local;

import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.gantry.spi.content.IngestStatus;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Unfinished writes, {@code ingest/<sha256 of the ref>/}. The last used ones are kept with their descriptors open, at most {@link #KEPT}.
 *
 * <p>The monitor guards the map and is held for no file; the lock of an entry is held while its ingest works, which keeps calls for one
 * ref in order.
 */
final class Ingests implements Closeable {
  private static final int KEPT = 64;
  private static final int REF_BYTES = 512;
  private static final int TRIES = 5;

  /** Work on one ingest. */
  @FunctionalInterface
  interface Work<T> {
    T with(Ingest ingest) throws IOException;
  }

  /** An ingest in use, and by how many. */
  private static final class Entry {
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Ingest> ingest = Optional.empty();
    private int users;
  }

  private final Path root;
  private final Host host;
  private final long syncEvery;
  private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  Ingests(Path root, Host host, long syncEvery) throws IOException {
    this.root = Folder.make(root);
    this.host = host;
    this.syncEvery = syncEvery;
  }

  <T> T with(String ref, Work<T> work) throws IOException {
    Entry entry = entered(ref);
    try {
      entry.lock.lock();
      try {
        return work.with(opened(entry, ref));
      } finally {
        entry.lock.unlock();
      }
    } catch (IOException e) {
      throw Folder.told("write '" + ref + "'", e);
    } finally {
      left(entry);
    }
  }

  /** Like {@link #with}, beside whoever works on it: for readers, which must not wait for a sync. */
  <T> T beside(String ref, Work<T> work) throws IOException {
    Entry entry = entered(ref);
    try {
      Ingest ingest;
      entry.lock.lock();
      try {
        ingest = opened(entry, ref);
      } finally {
        entry.lock.unlock();
      }
      return work.with(ingest);
    } finally {
      left(entry);
    }
  }

  private Ingest opened(Entry entry, String ref) throws IOException {
    if (entry.ingest.isEmpty()) entry.ingest = Optional.of(new Ingest(root.resolve(folder(ref)), ref, host, syncEvery));
    return entry.ingest.get();
  }

  private Entry entered(String ref) throws IOException {
    if (ref.getBytes(StandardCharsets.UTF_8).length > REF_BYTES) {
      throw new InvalidException("the ref of a write has more than " + REF_BYTES + " bytes");
    }
    synchronized (entries) {
      if (closed) throw new UnavailableException("the content store in " + root.getParent() + " was closed");
      Entry entry = entries.computeIfAbsent(ref, k -> new Entry());
      entry.users++;
      return entry;
    }
  }

  private void left(Entry entry) throws IOException {
    var forgotten = new ArrayList<Ingest>();
    synchronized (entries) {
      entry.users--;
      for (var it = entries.values().iterator(); it.hasNext() && (closed || entries.size() > KEPT); ) {
        Entry e = it.next();
        if (e.users > 0) continue;
        it.remove();
        e.ingest.ifPresent(forgotten::add);
      }
    }
    for (Ingest i : forgotten) i.closeData();
  }

  List<IngestStatus> list(String after, int max) throws IOException {
    var page = new ArrayList<IngestStatus>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path p : folders.toList()) {
        status(p).filter(s -> s.ref().compareTo(after) > 0).ifPresent(page::add);
      }
    }
    return page.stream().sorted(Comparator.comparing(IngestStatus::ref)).limit(max).toList();
  }

  /** Of whoever works on it at this moment too: what ends or is taken over under the eyes of the reader is looked at again. */
  private Optional<IngestStatus> status(Path folder) throws IOException {
    for (int tries = 0; tries < TRIES; tries++) {
      try {
        Optional<State> state = State.read(folder);
        return state.isEmpty() ? Optional.empty() : new Ingest(folder, state.get().key().ref(), host, syncEvery).status();
      } catch (NoSuchFileException e) {
        continue;
      }
    }
    return Optional.empty();
  }

  private static String folder(String ref) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(ref.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Lets go of all descriptors; an entry at work closes its own when it ends. */
  @Override
  public void close() throws IOException {
    var idle = new ArrayList<Ingest>();
    synchronized (entries) {
      closed = true;
      for (var it = entries.values().iterator(); it.hasNext(); ) {
        Entry e = it.next();
        if (e.users > 0) continue;
        it.remove();
        e.ingest.ifPresent(idle::add);
      }
    }
    for (Ingest i : idle) i.closeData();
  }
}
