package io.gantry.metadata.mapdb;

import io.gantry.api.ConflictException;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The batches that share one frame and one sync, each judged by what the ones before it did. */
final class Group {
  private static final byte[] NOTHING = new byte[0];

  /** What a frame of a journal holds. */
  record Written(long first, long last, List<Entry> changes) {
    static Written of(ByteBuffer payload) {
      long first = payload.getLong();
      long last = payload.getLong();
      int n = payload.getInt();
      var changes = new ArrayList<Entry>(n);
      for (int i = 0; i < n; i++) changes.add(Bytes.entry(payload));
      return new Written(first, last, changes);
    }
  }

  private final Index index;
  private final long before;
  private final Map<Key, Long> revisions = new HashMap<>();
  private final List<Entry> changes = new ArrayList<>();
  private long sequence;

  Group(Index index, long before) {
    this.index = index;
    this.before = before;
    this.sequence = before;
  }

  /** Takes a batch in and answers its sequence. @throws ConflictException a condition does not hold; the group is as it was */
  long add(Batch batch) throws IOException {
    for (var c : batch.conditions()) {
      long found = revision(c.key());
      boolean holds = c.revision() == Batch.PRESENT ? found != Batch.ABSENT : found == c.revision();
      if (!holds) throw new ConflictException("record " + c.key() + " is " + words(found) + ", expected " + words(c.revision())
          + "; read it again and repeat");
    }
    sequence++;
    for (var p : batch.puts()) change(p.key(), sequence, p.value());
    for (Key k : batch.removes()) change(k, Batch.ABSENT, NOTHING);
    return sequence;
  }

  private void change(Key key, long revision, byte[] value) {
    revisions.put(key, revision);
    changes.add(new Entry(Entry.key(key), revision, value));
  }

  private long revision(Key key) throws IOException {
    Long here = revisions.get(key);
    return here != null ? here : index.get(Entry.key(key)).map(Entry::revision).orElse(Batch.ABSENT);
  }

  private static String words(long revision) {
    if (revision == Batch.ABSENT) return "absent";
    return revision == Batch.PRESENT ? "present" : "at revision " + revision;
  }

  boolean isEmpty() {
    return sequence == before;
  }

  long sequence() {
    return sequence;
  }

  List<Entry> changes() {
    return changes;
  }

  Bytes payload() {
    var bytes = new Bytes();
    bytes.u64(before + 1);
    bytes.u64(sequence);
    bytes.u32(changes.size());
    for (Entry e : changes) bytes.entry(e);
    return bytes;
  }

  /** Bytes that a batch takes in a frame, roughly. */
  static long weight(Batch batch) {
    long sum = 0;
    for (var p : batch.puts()) sum += 100 + p.value().length;
    return sum + 100L * batch.removes().size();
  }

  /** A batch that waits for the thread at work to take it along. */
  static final class Waiting {
    final Batch batch;
    private long sequence;
    private Optional<IOException> failure = Optional.empty();
    private boolean done;

    Waiting(Batch batch) {
      this.batch = batch;
    }

    void done(long at) {
      sequence = at;
      done = true;
    }

    void failed(IOException e) {
      failure = Optional.of(e);
      done = true;
    }

    /** For one that has no answer when its turn is over; takes no memory. */
    void over() {
      done = true;
    }

    boolean isDone() {
      return done;
    }

    long answer() throws IOException {
      if (failure.isPresent()) throw failure.get();
      if (sequence == 0) throw new IOException("a commit to the metadata store failed, and there was no memory to keep the reason");
      return sequence;
    }
  }
}
