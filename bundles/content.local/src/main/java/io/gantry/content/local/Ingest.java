package io.gantry.content.local;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One ingest's folder. Used by one thread at a time but for {@link #readable}; its descriptor is kept open between appends, and whoever
 * forgets the object closes it. What it has in memory it has from the disk, and writes there first.
 */
final class Ingest {
  private final Path folder;
  private final String ref;
  private final Host host;
  private final long syncEvery;
  private volatile Optional<State> state;
  private Optional<FileChannel> data = Optional.empty();

  Ingest(Path folder, String ref, Host host, long syncEvery) throws IOException {
    this.folder = folder;
    this.ref = ref;
    this.host = host;
    this.syncEvery = syncEvery;
    this.state = State.read(folder);
  }

  IngestStatus begin(IngestSpec spec) throws IOException {
    State old = state.orElse(null);
    if (old == null || refusedOrForeign(old, spec)) return anew(spec);
    if (old.held() && spec.epoch() > old.key().epoch() && old.process().equals(host.process())) return copied(old, spec);
    long offset = trusted(old);
    become(old.taken(spec, old.data(), Math.min(old.synced(), offset), host));
    return status().orElseThrow();
  }

  /**
   * Whether it is another write under the same ref, which starts at 0. @throws UnavailableException somebody of this epoch holds it (I-1)
   */
  private boolean refusedOrForeign(State old, IngestSpec spec) throws IOException {
    if (spec.epoch() < old.key().epoch()) {
      throw new ConflictException("write '" + ref + "' was taken by epoch " + old.key().epoch() + ", asked for by " + spec.epoch());
    }
    if (old.held() && spec.epoch() == old.key().epoch()) {
      throw new UnavailableException("write '" + ref + "' is held since " + old.since() + "; try again when it has ended");
    }
    return !old.fits(spec);
  }

  private IngestStatus anew(IngestSpec spec) throws IOException {
    Folder.make(folder);
    State fresh = State.fresh(spec, host);
    closeData();
    Folder.create(folder.resolve(fresh.data())).close();
    become(fresh);
    sweep(fresh.data());
    return status().orElseThrow();
  }

  /** Late threads of the holder before may still write: they keep the old file, which is dead from here on (I-2). */
  private IngestStatus copied(State old, IngestSpec spec) throws IOException {
    String fresh = State.newData();
    closeData();
    Path target = folder.resolve(fresh);
    try (FileChannel in = FileChannel.open(folder.resolve(old.data()), StandardOpenOption.READ); FileChannel out = Folder.create(target)) {
      long size = in.size();
      for (long at = 0; at < size; ) {
        long n = in.transferTo(at, size - at, out);
        if (n <= 0) break;
        at += n;
      }
    } catch (NoSuchFileException e) {
      Folder.create(target).close(); // its commit was cut after the bytes had got their name
    } catch (IOException e) {
      Files.deleteIfExists(target);
      throw e;
    }
    become(old.taken(spec, fresh, 0, host));
    sweep(fresh);
    return status().orElseThrow();
  }

  /** Bytes that count: after a crash of the host only the synced ones, as a file may then be longer than what was written of it. */
  private long trusted(State old) throws IOException {
    Path file = folder.resolve(old.data());
    if (!Files.exists(file)) Folder.create(file).close();
    long size = Files.size(file);
    if (old.boot().equals(host.boot()) || size <= old.synced()) return size;
    channel(old).truncate(old.synced());
    return old.synced();
  }

  private void become(State next) throws IOException {
    next.write(folder);
    state = Optional.of(next);
  }

  /** Removes files of this ingest that no state names any more. */
  private void sweep(String but) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path p : files.toList()) {
        String name = p.getFileName().toString();
        if (name.startsWith("data-") && !name.equals(but)) Files.deleteIfExists(p);
      }
    }
  }

  Optional<IngestStatus> status() throws IOException {
    if (state.isEmpty()) return Optional.empty();
    State s = state.get();
    Path file = folder.resolve(s.data());
    boolean there = Files.exists(file);
    Instant updated = there ? Files.getLastModifiedTime(file).toInstant() : s.since();
    return Optional.of(new IngestStatus(s.key(), s.held(), there ? Files.size(file) : 0, s.total(), s.expected(), s.started(),
        updated.isBefore(s.started()) ? s.started() : updated));
  }

  long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    State s = held(key);
    FileChannel out = channel(s);
    long size = out.size();
    if (offset != size) throw new ConflictException("append to write '" + ref + "' at " + offset + ", it ends at " + size);
    int start = bytes.position();
    long at = offset;
    try {
      while (bytes.hasRemaining()) at += out.write(bytes, at);
    } catch (IOException e) {
      bytes.position(start);
      out.truncate(offset);
      throw e;
    }
    if (at - s.synced() >= syncEvery) sync(s, out, at);
    return at;
  }

  /** Bounds both what a crash of the host costs and how long a commit syncs. */
  private void sync(State s, FileChannel out, long size) throws IOException {
    out.force(false);
    become(s.synced(size));
  }

  /** The file to read from. @throws NotFoundException there is no such write */
  Path readable() throws NotFoundException {
    return folder.resolve(state.orElseThrow(() -> new NotFoundException("there is no write '" + ref + "'")).data());
  }

  void truncate(IngestKey key) throws IOException {
    State s = held(key);
    channel(s).truncate(0);
    if (s.synced() > 0) become(s.synced(0));
  }

  void release(IngestKey key) throws IOException {
    if (state.isEmpty() || !state.get().key().equals(key) || !state.get().held()) return;
    State s = state.get();
    FileChannel out = channel(s);
    long size = out.size();
    if (size > s.synced()) out.force(false);
    become(s.released(size));
    closeData();
  }

  /** Removes states first: without one there is no ingest, whatever else a crash leaves in the folder. */
  void drop() throws IOException {
    closeData();
    state = Optional.empty();
    if (!Files.isDirectory(folder)) return;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path p : files.sorted(java.util.Comparator.reverseOrder()).toList()) Files.deleteIfExists(p);
    }
    Files.deleteIfExists(folder);
  }

  /** Syncs and gives away the file of a write that has this size. */
  Path finished(IngestKey key, long size) throws IOException {
    State s = held(key);
    FileChannel out = channel(s);
    if (out.size() != size) throw new ConflictException("commit of write '" + ref + "' with " + size + " bytes, it has " + out.size());
    out.force(true);
    closeData();
    return folder.resolve(s.data());
  }

  boolean isHeldBy(IngestKey key) {
    return state.isPresent() && state.get().held() && state.get().key().equals(key);
  }

  private State held(IngestKey key) throws IOException {
    State s = state.orElseThrow(() -> new ConflictException("there is no write '" + ref + "' any more; begin it again"));
    if (!s.key().equals(key)) throw new ConflictException("write '" + ref + "' was taken by epoch " + s.key().epoch() + "; begin it again");
    if (!s.held()) throw new ConflictException("write '" + ref + "' was released; begin it again");
    return s;
  }

  private FileChannel channel(State s) throws IOException {
    if (data.isEmpty()) data = Optional.of(FileChannel.open(folder.resolve(s.data()), StandardOpenOption.WRITE));
    return data.get();
  }

  void closeData() throws IOException {
    Optional<FileChannel> open = data;
    data = Optional.empty();
    if (open.isPresent()) open.get().close();
  }
}
