package io.gantry.remote;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.bytes.Hasher;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A content driver whose store is another manager. The wire knows neither keys nor who holds a ref: both are told from the writers that are
 * open here. It reads no unfinished write either: those bytes are read from a file of what was sent, after the digest that the other side
 * tells of what it has was found to be theirs. A ref of 512 bytes is longer on the wire's other side, by its namespace: it is cut.
 */
final class WiredContent implements ContentStore, Ingester, AutoCloseable {
  private static final Scope SCOPE = Scope.root();
  private static final int LONGEST = 400;
  private final Map<String, String> whole = new ConcurrentHashMap<>();
  private final Wired wired;
  private final Contents contents;
  private final Map<IngestKey, Writer> writers = new ConcurrentHashMap<>();

  WiredContent(Wired wired) {
    this.wired = wired;
    this.contents = wired.manager().contents();
  }

  private String cut(String ref) {
    String shorter = ref.substring(0, Math.min(LONGEST, ref.length()));
    whole.put(shorter, ref);
    return shorter;
  }

  private static Blob blob(Info i) {
    return new Blob(i.digest(), i.size(), i.created());
  }

  @Override
  public Optional<Blob> find(Digest digest) throws IOException {
    return contents.find(SCOPE, digest).map(WiredContent::blob);
  }

  @Override
  public List<Blob> list(Optional<Digest> after, int max) throws IOException {
    return contents.list(SCOPE, after, max).stream().map(WiredContent::blob).toList();
  }

  @Override
  public int read(Digest digest, long position, ByteBuffer into) throws IOException {
    try (Reader reader = contents.reader(SCOPE, digest)) {
      return reader.read(position, into);
    }
  }

  @Override
  public boolean remove(Digest digest) throws IOException {
    try {
      contents.remove(SCOPE, digest);
    } catch (NotFoundException e) {
      return true;
    }
    return true;
  }

  @Override
  public IngestStatus begin(IngestSpec spec) throws IOException {
    Writer w = contents.writer(SCOPE, new WriterSpec(cut(spec.ref()), spec.expected(), spec.total(), Map.of()));
    var key = new IngestKey(spec.ref(), spec.epoch(), UUID.randomUUID().toString());
    writers.put(key, w);
    return status(key, w.status());
  }

  private static IngestStatus status(IngestKey key, Status s) {
    return new IngestStatus(key, !key.token().isEmpty(), s.offset(), s.total(), s.expected(), s.started(), s.updated());
  }

  @Override
  public Optional<IngestStatus> status(String ref) throws IOException {
    return contents.status(SCOPE, cut(ref)).map(s -> status(holder(ref), s));
  }

  private IngestKey holder(String ref) {
    return writers.keySet().stream().filter(k -> k.ref().equals(ref)).findFirst().orElse(new IngestKey(ref, 0, ""));
  }

  @Override
  public List<IngestStatus> ingests(String after, int max) throws IOException {
    return contents.writes(SCOPE, cut(after), max).stream().map(s -> status(holder(whole.getOrDefault(s.ref(), s.ref())), s)).toList();
  }

  private Writer writer(IngestKey key) throws ConflictException {
    Writer w = writers.get(key);
    if (w == null) throw new ConflictException("write '" + key.ref() + "' is not held by this key");
    return w;
  }

  @Override
  public long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    Writer w = writer(key);
    try (FileChannel file = FileChannel.open(sent(key.ref()), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer copy = bytes.duplicate();
      while (copy.hasRemaining()) file.write(copy, offset + copy.position() - bytes.position());
    }
    w.write(bytes);
    w.digest(); // waits until it has arrived
    return w.status().offset();
  }

  private Path sent(String ref) {
    return wired.sent().resolve(HexFormat.of().formatHex(ref.substring(0, Math.min(60, ref.length())).getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public int readIngest(IngestKey key, long position, ByteBuffer into) throws IOException {
    Writer w = writer(key);
    long there = w.status().offset();
    byte[] bytes = new byte[(int) there];
    if (there > 0) {
      try (FileChannel file = FileChannel.open(sent(key.ref()))) {
        file.read(ByteBuffer.wrap(bytes), 0);
      }
    }
    if (!Hasher.digest(w.digest().algorithm(), bytes).equals(w.digest())) {
      throw new AssertionError("the other side has other bytes of '" + key.ref() + "' than were sent");
    }
    if (position >= there) return -1;
    int n = (int) Math.min(into.remaining(), there - position);
    into.put(bytes, (int) position, n);
    return n;
  }

  @Override
  public void truncate(IngestKey key) throws IOException {
    writer(key).truncate();
  }

  @Override
  public void release(IngestKey key) throws IOException {
    Writer w = writers.remove(key);
    if (w != null) w.close();
  }

  @Override
  public void abort(String ref) throws IOException {
    release(holder(ref));
    try {
      contents.abort(SCOPE, cut(ref));
    } catch (NotFoundException e) {
      return; // as it is to be
    }
  }

  @Override
  public Optional<Blob> commit(IngestKey key, Digest digest, long size) throws IOException {
    Optional<Blob> there = writers.containsKey(key) ? Optional.empty() : find(digest);
    if (there.isPresent()) return there;
    Blob made = blob(writer(key).commit(digest, size));
    writers.remove(key);
    return Optional.of(made);
  }

  @Override
  public void close() throws IOException {
    wired.close();
  }
}
