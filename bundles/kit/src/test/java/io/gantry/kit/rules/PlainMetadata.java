package io.gantry.kit.rules;

import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;

/** The plainest store that keeps all rules: a map, and a file with each batch behind the last. */
class PlainMetadata implements MetadataStore, AutoCloseable {
  final TreeMap<Key, Rec> records = new TreeMap<>();
  private final FileChannel file;
  private long sequence;

  PlainMetadata(Path root) throws IOException {
    file = FileChannel.open(root.resolve("journal"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer all = ByteBuffer.allocate((int) file.size());
    while (all.hasRemaining() && file.read(all, all.position()) > 0) continue;
    all.flip();
    while (all.remaining() >= 8) {
      int start = all.position();
      int length = all.getInt();
      int crc = all.getInt();
      if (length < 0 || length > all.remaining()) {
        if (length < 0 || length > 4 << 20) throw damaged(root, start);
        all.position(start);
        break;
      }
      byte[] body = new byte[length];
      all.get(body);
      if (crc(body) != crc) throw damaged(root, start);
      replay(body);
    }
    file.truncate(all.position());
    file.position(all.position());
  }

  private static CorruptException damaged(Path root, int at) {
    return new CorruptException("journal " + root.resolve("journal") + " at " + at, "a batch", "other bytes");
  }

  @Override
  public synchronized long commit(Batch batch) throws IOException {
    for (Batch.Condition c : batch.conditions()) {
      long found = Optional.ofNullable(records.get(c.key())).map(Rec::revision).orElse(Batch.ABSENT);
      boolean holds = c.revision() == Batch.PRESENT ? found != Batch.ABSENT : found == c.revision();
      if (!holds) throw new ConflictException("commit: " + c.key() + " has revision " + found + ", expected " + c.revision());
    }
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeLong(sequence + 1);
    out.writeInt(batch.puts().size());
    for (Batch.Put p : batch.puts()) {
      write(out, p.key());
      out.writeInt(p.value().length);
      out.write(p.value());
    }
    out.writeInt(batch.removes().size());
    for (Key k : batch.removes()) write(out, k);
    byte[] body = bytes.toByteArray();
    ByteBuffer record = ByteBuffer.allocate(8 + body.length).putInt(body.length).putInt(crc(body)).put(body).flip();
    while (record.hasRemaining()) file.write(record);
    file.force(false);
    replay(body);
    return sequence;
  }

  private void replay(byte[] body) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(body));
    sequence = in.readLong();
    for (int i = in.readInt(); i > 0; i--) {
      Key k = key(in);
      records.put(k, new Rec(k, sequence, in.readNBytes(in.readInt())));
    }
    for (int i = in.readInt(); i > 0; i--) records.remove(key(in));
  }

  @Override
  public synchronized Optional<Rec> get(Key key) throws IOException {
    return Optional.ofNullable(records.get(key));
  }

  @Override
  public synchronized List<Rec> range(Key from, Key to, int max) throws IOException {
    return records.subMap(from, to).values().stream().limit(max).toList();
  }

  @Override
  public synchronized long sequence() throws IOException {
    return sequence;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static void write(DataOutputStream out, Key k) throws IOException {
    out.writeUTF(k.table());
    out.writeUTF(k.namespace());
    out.writeUTF(k.id());
  }

  private static Key key(DataInputStream in) throws IOException {
    return new Key(in.readUTF(), in.readUTF(), in.readUTF());
  }

  private static int crc(byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    return (int) crc.getValue();
  }
}
