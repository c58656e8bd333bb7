package io.gantry.kit.rules;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.UUID;

/** The plainest store that keeps all rules: one lock, one file a blob, a folder an ingest. */
class PlainContent implements ContentStore, Ingester {
  final Path root;
  private final Path blobs;
  private final Path ingests;

  PlainContent(Path root) throws IOException {
    this.root = root;
    blobs = Files.createDirectories(root.resolve("blobs"));
    ingests = Files.createDirectories(root.resolve("ingests"));
  }

  @Override
  public synchronized Optional<Blob> find(Digest digest) throws IOException {
    try {
      Path p = blob(digest);
      return Optional.of(new Blob(digest, Files.size(p), Files.getLastModifiedTime(p).toInstant()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public synchronized List<Blob> list(Optional<Digest> after, int max) throws IOException {
    List<Blob> page = new ArrayList<>();
    for (Digest d : digests()) if (page.size() < max && (after.isEmpty() || d.compareTo(after.get()) > 0)) page.add(find(d).orElseThrow());
    return page;
  }

  private List<Digest> digests() throws IOException {
    try (var files = Files.list(blobs)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.matches("sha(256-[0-9a-f]{64}|512-[0-9a-f]{128})"))
          .map(n -> Digest.parse(n.replace('-', ':'))).sorted().toList();
    }
  }

  @Override
  public int read(Digest digest, long position, ByteBuffer into) throws IOException {
    try {
      return read(blob(digest), position, into);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("no blob " + digest, e);
    }
  }

  @Override
  public synchronized boolean remove(Digest digest) throws IOException {
    Files.deleteIfExists(blob(digest));
    return true;
  }

  @Override
  public synchronized IngestStatus begin(IngestSpec spec) throws IOException {
    Optional<Meta> there = meta(spec.ref());
    Meta m = new Meta();
    m.status = new IngestStatus(new IngestKey(spec.ref(), spec.epoch(), UUID.randomUUID().toString()), true, 0, spec.total(),
        spec.expected(),
        Instant.now(), Instant.now());
    m.data = ingest(spec.ref()).resolve(m.status.key().token());
    if (there.isEmpty()) {
      Files.createDirectories(m.data.getParent());
      Files.createFile(m.data);
      return m.save();
    }
    IngestStatus old = there.get().status;
    if (old.key().epoch() > spec.epoch()) throw new ConflictException("begin of '" + spec.ref() + "': held by epoch " + old.key().epoch());
    if (old.held() && old.key().epoch() == spec.epoch()) {
      throw new UnavailableException("'" + spec.ref() + "' is held since " + old.updated());
    }
    boolean other = spec.expected().isPresent() && !spec.expected().equals(old.expected()) || spec.total().isPresent() && !spec.total()
        .equals(old.total());
    if (other) {
      Files.createFile(m.data);
    } else {
      Files.copy(there.get().data, m.data);
      m.status = new IngestStatus(m.status.key(), true, 0, old.total(), old.expected(), old.started(), Instant.now());
    }
    IngestStatus now = m.save();
    Files.delete(there.get().data);
    return now;
  }

  @Override
  public synchronized Optional<IngestStatus> status(String ref) throws IOException {
    Optional<Meta> m = meta(ref);
    return m.isEmpty() ? Optional.empty() : Optional.of(m.get().now());
  }

  @Override
  public synchronized List<IngestStatus> ingests(String after, int max) throws IOException {
    List<IngestStatus> all = new ArrayList<>();
    List<Path> folders;
    try (var files = Files.list(ingests)) {
      folders = files.filter(f -> Files.exists(f.resolve("meta"))).toList();
    }
    for (Path f : folders) all.add(Meta.load(f).now());
    return all.stream().filter(s -> s.ref().compareTo(after) > 0).sorted(Comparator.comparing(IngestStatus::ref)).limit(max).toList();
  }

  @Override
  public synchronized long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    Meta m = held(key);
    long at = Files.size(m.data);
    if (at != offset) throw new ConflictException("append to '" + key.ref() + "' at " + offset + ": it stands at " + at);
    try (FileChannel f = FileChannel.open(m.data, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) at += f.write(bytes, at);
    }
    return at;
  }

  @Override
  public int readIngest(IngestKey key, long position, ByteBuffer into) throws IOException {
    return read(held(key).data, position, into);
  }

  @Override
  public synchronized void truncate(IngestKey key) throws IOException {
    Files.write(held(key).data, new byte[0]);
  }

  @Override
  public synchronized void release(IngestKey key) throws IOException {
    Optional<Meta> m = meta(key.ref());
    if (m.isEmpty() || !m.get().status.key().equals(key)) return;
    m.get().status = m.get().with(false);
    m.get().save();
  }

  @Override
  public synchronized void abort(String ref) throws IOException {
    Optional<Meta> m = meta(ref);
    if (m.isEmpty()) return;
    Files.delete(m.get().data.resolveSibling("meta"));
    Files.delete(m.get().data);
  }

  @Override
  public synchronized Optional<Blob> commit(IngestKey key, Digest digest, long size) throws IOException {
    Optional<Meta> m = meta(key.ref());
    if (m.isEmpty() && find(digest).isPresent()) return find(digest);
    Meta held = held(key);
    if (Files.size(held.data) != size) {
      throw new ConflictException("commit of " + size + " bytes: '" + key.ref() + "' has " + Files.size(held.data));
    }
    if (find(digest).isEmpty()) Files.move(held.data, blob(digest));
    Files.delete(held.data.resolveSibling("meta"));
    Files.deleteIfExists(held.data);
    return find(digest);
  }

  private Meta held(IngestKey key) throws IOException {
    Optional<Meta> m = meta(key.ref());
    if (m.isPresent() && m.get().status.held() && m.get().status.key().equals(key)) return m.get();
    throw new ConflictException("'" + key.ref() + "' is not held by this key");
  }

  private Optional<Meta> meta(String ref) throws IOException {
    Path f = ingest(ref);
    return Files.exists(f.resolve("meta")) ? Optional.of(Meta.load(f)) : Optional.empty();
  }

  private static int read(Path file, long position, ByteBuffer into) throws IOException {
    try (FileChannel f = FileChannel.open(file)) {
      return f.read(into, position);
    }
  }

  Path blob(Digest d) {
    return blobs.resolve(d.algorithm() + "-" + d.hex());
  }

  Path ingest(String ref) {
    return ingests.resolve(Content.digest(ref.getBytes(java.nio.charset.StandardCharsets.UTF_8)).hex());
  }

  /** One ingest on disk. */
  private static final class Meta {
    private IngestStatus status;
    private Path data;

    static Meta load(Path folder) throws IOException {
      Properties p = new Properties();
      try (InputStream in = Files.newInputStream(folder.resolve("meta"))) {
        p.load(in);
      }
      Meta m = new Meta();
      m.data = folder.resolve(p.getProperty("token"));
      m.status = new IngestStatus(new IngestKey(p.getProperty("ref"), Long.parseLong(p.getProperty("epoch")), p.getProperty("token")),
          Boolean.parseBoolean(p.getProperty("held")), 0,
          p.containsKey("total") ? OptionalLong.of(Long.parseLong(p.getProperty("total"))) : OptionalLong.empty(),
          Optional.ofNullable(p.getProperty("expected")).map(Digest::parse), Instant.parse(p.getProperty("started")),
          Instant.parse(p.getProperty("updated")));
      return m;
    }

    IngestStatus now() throws IOException {
      return new IngestStatus(status.key(), status.held(), Files.size(data), status.total(), status.expected(), status.started(),
          status.updated());
    }

    IngestStatus with(boolean held) {
      return new IngestStatus(status.key(), held, 0, status.total(), status.expected(), status.started(), status.updated());
    }

    IngestStatus save() throws IOException {
      Properties p = new Properties();
      p.setProperty("ref", status.ref());
      p.setProperty("epoch", Long.toString(status.key().epoch()));
      p.setProperty("token", status.key().token());
      p.setProperty("held", Boolean.toString(status.held()));
      status.total().ifPresent(t -> p.setProperty("total", Long.toString(t)));
      status.expected().ifPresent(d -> p.setProperty("expected", d.toString()));
      p.setProperty("started", status.started().toString());
      p.setProperty("updated", status.updated().toString());
      Path temp = data.resolveSibling("meta.new");
      try (OutputStream out = Files.newOutputStream(temp)) {
        p.store(out, null);
      }
      Files.move(temp, data.resolveSibling("meta"), StandardCopyOption.ATOMIC_MOVE);
      return now();
    }
  }
}
