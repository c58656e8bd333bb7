package io.gantry.metadata.mapdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads snapshot and journals: what all records are, and that every file is whole (M-7).
 *
 * <p>A journal ends where its successor says it starts: frames behind that are those of a predecessor that had been given up and came
 * late, or a torn end, and mean nothing. Only the last journal's end is judged by itself.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private final Folder folder;
  private final Optional<Path> snapshot;
  private final List<Path> journals = new ArrayList<>();
  private final SortedRecords records = new SortedRecords();
  private long sequence;
  private long base;
  private long end;
  private Optional<Frames.Header> last = Optional.empty();

  private Recovery(Folder folder) throws IOException {
    this.folder = folder;
    List<Path> snapshots = folder.all(Folder.SNAPSHOT);
    this.snapshot = snapshots.isEmpty() ? Optional.empty() : Optional.of(snapshots.getLast());
  }

  static Recovery read(Folder folder) throws IOException {
    var r = new Recovery(folder);
    if (r.snapshot.isPresent()) r.base = Snapshots.read(r.snapshot.get(), r.records::set);
    r.sequence = r.base;
    for (Path p : folder.all(Folder.JOURNAL)) if (p.compareTo(folder.named(Folder.JOURNAL, r.base)) >= 0) r.journals.add(p);
    for (int i = 0; i < r.journals.size(); i++) r.journal(i);
    return r;
  }

  private void journal(int i) throws IOException {
    Path file = journals.get(i);
    Frames.Header header = Frames.header(file, Journal.MAGIC);
    if (header.base() != sequence) {
      throw Frames.damaged(file, 0, "a journal that starts behind sequence " + sequence, "one behind " + header.base()
          + "; a file before it is missing");
    }
    long limit = i + 1 < journals.size() ? Frames.header(journals.get(i + 1), Journal.MAGIC).base() : Long.MAX_VALUE;
    end = Frames.read(file, header, payload -> {
      var w = Group.Written.of(payload);
      if (w.last() > limit) return;
      if (w.first() != sequence + 1) throw Frames.damaged(file, 0, "sequence " + (sequence + 1), "sequence " + w.first());
      sequence = w.last();
      w.changes().forEach(records::set);
    });
    last = Optional.of(header);
    long torn = Files.size(file) - end;
    if (limit == Long.MAX_VALUE && torn > 0) {
      LOG.warn("{}: the last {} bytes, which a crash cut off in the midst, are left out", file, torn);
    }
    if (limit != Long.MAX_VALUE && sequence != limit) {
      throw Frames.damaged(file, end, "frames up to sequence " + limit, "the last one at " + sequence);
    }
  }

  long sequence() {
    return sequence;
  }

  /** Sequence of the snapshot that the journals follow; 0 where there is none. */
  long base() {
    return base;
  }

  int journals() {
    return journals.size();
  }

  /** Bytes of journals since the snapshot. */
  long bytes() throws IOException {
    long sum = 0;
    for (Path p : journals) sum += Files.size(p);
    return sum;
  }

  /**
   * Whether the note of a clean close is of exactly this state. One of a journal that a successor has ended, or a snapshot made needless,
   * is of a predecessor that was given up and closed late: it means nothing, as does one of another file of the same name.
   *
   * @throws io.gantry.api.CorruptException bytes, or the whole journal, are gone since that close
   */
  boolean follows(CleanClose note) throws IOException {
    Path file = folder.path().resolve(note.journal());
    if (!journals.contains(file)) {
      if (file.compareTo(folder.named(Folder.JOURNAL, base)) < 0) return false;
      throw Frames.damaged(file, 0, note.length() + " bytes, as at its close", "no such file");
    }
    if (!journals.getLast().equals(file) || last.orElseThrow().salt() != note.salt()) return false;
    if (end < note.length()) throw Frames.damaged(file, end, note.length() + " bytes, as at its close", end + " whole ones");
    return end == note.length() && end == Files.size(file) && sequence == note.sequence();
  }

  /** The last journal, to go on with it after a clean close. */
  Journal resume() throws IOException {
    return Journal.resume(journals.getLast(), last.orElseThrow(), end);
  }

  SortedRecords records() {
    return records;
  }
}
