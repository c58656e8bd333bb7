package io.gantry.metadata.mapdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/**
 * All records in one file, as of a sequence or later.
 *
 * <p>It is written while commits go on: it may hold records of commits after its sequence, and these stand in the journals that are read
 * behind it, which set every record to its last state again.
 */
final class Snapshots {
  static final long MAGIC = 0x474e545259533031L; // GNTRYS01
  private static final int PAGE = 256;

  /** Gives records in order of key. */
  @FunctionalInterface
  interface Pages {
    /** @throws IOException also when the work is to stop */
    List<Entry> after(byte[] key, int max) throws IOException;
  }

  private Snapshots() {}

  /** Writes the snapshot of this sequence; visible when it is whole and synced. */
  static void write(Folder folder, long sequence, Pages pages) throws IOException {
    var header = new Frames.Header(MAGIC, new SecureRandom().nextLong(), sequence);
    folder.publish(folder.named(Folder.SNAPSHOT, sequence), out -> {
      long at = put(out, header.bytes(), 0);
      long count = 0;
      byte[] last = new byte[0];
      for (List<Entry> page = pages.after(last, PAGE); !page.isEmpty(); page = pages.after(last, PAGE)) {
        var bytes = new Bytes();
        bytes.u32(page.size());
        for (Entry e : page) bytes.entry(e);
        at = put(out, Frames.frame(header.salt(), bytes.array(), bytes.size()), at);
        count += page.size();
        last = page.getLast().key();
      }
      var end = new Bytes();
      end.u32(0);
      end.u64(count);
      put(out, Frames.frame(header.salt(), end.array(), end.size()), at);
    });
  }

  /** What is done with each record. */
  @FunctionalInterface
  interface Each {
    void entry(Entry e) throws IOException;
  }

  /** Reads a snapshot, whole or not at all: one that does not end with its number of records is damaged. */
  static long read(Path file, Each each) throws IOException {
    Frames.Header header = Frames.header(file, MAGIC);
    long[] seen = {0, -1};
    long end = Frames.read(file, header, payload -> {
      int n = payload.getInt();
      if (n == 0) seen[1] = payload.getLong();
      for (int i = 0; i < n; i++, seen[0]++) each.entry(Bytes.entry(payload));
    });
    if (seen[1] != seen[0]) throw Frames.damaged(file, end, "an end that counts " + seen[0] + " records", "count " + seen[1]);
    return header.base();
  }

  private static long put(FileChannel out, ByteBuffer bytes, long at) throws IOException {
    int n = bytes.remaining();
    Journal.writeAll(out, bytes, at);
    return at + n;
  }
}
