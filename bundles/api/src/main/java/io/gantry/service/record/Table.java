package io.gantry.service.record;

import io.gantry.api.Scope;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Records of other core bundles (snapshots, mounts, content labels), as documents in JSON. A batch is atomic over tables.
 *
 * <p>A page ({@link #list}, {@link #all}) is what the table was at one moment, never a part of a batch. Pages that follow each other are of
 * different moments: a row that is there all the time is met exactly once, none twice, and one that is made, changed or removed meanwhile
 * is met or not, in the state of its page's moment.
 */
@ProviderType
public interface Table {
  /** Revision of a condition whose row must be absent. */
  long ABSENT = 0;

  /** Revision of a condition whose row must be there, whatever its revision. */
  long PRESENT = -1;

  /** A document with the revision it was written at. */
  record Row(String id, long revision, byte[] json) {}

  /** One change: {@code json} empty removes; {@code revision} is what must be there now, 0 for absent, -1 for any. */
  record Change(String table, String id, long revision, Optional<byte[]> json) {}

  /** What a row must be for a batch to happen, which leaves it as it is: of this revision, {@link #ABSENT} or {@link #PRESENT}. */
  record Condition(String table, String id, long revision) {}

  /** A part of a batch, made by another bundle than the rest. */
  record Part(List<Condition> conditions, List<Change> changes) {
    public boolean isEmpty() {
      return conditions.isEmpty() && changes.isEmpty();
    }
  }

  /** Where a row is in the order of all: by namespace, then id, as UTF-8. */
  record Place(String namespace, String id) {
    /** Before all rows. */
    public static final Place START = new Place("", "");
  }

  /** A row of any namespace. */
  record Placed(Place place, long revision, byte[] json) {}

  /**
   * The row of that id in the scope's namespace; empty where there is none.
   *
   * <p>What was read in the last second may be given again without asking the driver that keeps the records. It is never older than a
   * change that answered before this call, whoever made it. But for up to a second, a row that was just read does not tell that the driver
   * is away, or that another one with other records took its place. All else here asks the driver each time.
   *
   * @return the array in it may be given to others too, so nobody changes it
   * @throws io.gantry.api.UnavailableException the driver that keeps the records is away
   */
  Optional<Row> get(Scope scope, String table, String id) throws IOException;

  /**
   * What {@link #get} would give again without asking the driver, for whoever must not wait.
   *
   * @return empty where nothing was read in the last second, which does not tell whether the row is there
   */
  Optional<Row> recent(Scope scope, String table, String id);

  /**
   * The rows of these ids in the scope's namespace, as the ids come; those that are not there are left out.
   *
   * @param ids some thousands at most
   */
  List<Row> get(Scope scope, String table, List<String> ids) throws IOException;

  /** A page in order of id. */
  List<Row> list(Scope scope, String table, String after, int max) throws IOException;

  /**
   * A page of the rows of all namespaces, in order of their place; empty behind the last. The namespace of the scope does not matter.
   *
   * @param after place of the last one seen; {@link Place#START} at first
   * @param max at most so many; at least 1
   */
  List<Placed> all(Scope scope, String table, Place after, int max) throws IOException;

  /**
   * The rows of these ids of all namespaces, in order of namespace, then as the ids come. The namespace of the scope does not matter.
   *
   * @param ids some hundreds at most
   */
  List<Placed> everywhere(Scope scope, String table, List<String> ids) throws IOException;

  /** Names of the tables in which the scope's namespace has rows, in order; of whichever bundle they are. */
  List<String> tables(Scope scope) throws IOException;

  /** Carries out all or nothing; the new revision. @throws io.gantry.api.ConflictException a revision differs */
  default long change(Scope scope, List<Change> changes) throws IOException {
    return change(scope, List.of(), changes);
  }

  /**
   * Carries out all or nothing; the new revision. The scope's namespace is made where it is not there yet, unless only records of
   * namespaces themselves are changed.
   *
   * @throws io.gantry.api.ConflictException a condition does not hold or a revision differs; nothing was changed
   * @throws io.gantry.api.UnavailableException the driver that keeps the records is away or does not answer, or one that decides does not
   *     end
   */
  long change(Scope scope, List<Condition> conditions, List<Change> changes) throws IOException;

  /**
   * A row as a change left it: {@code json} is empty where it was removed. Of {@code revision} 0 where the driver that keeps the records
   * was replaced while the change was under way: it may have been done or not.
   */
  record Changed(String table, Place place, long revision, Optional<byte[]> json) {}

  /**
   * Tells every change of every namespace from now on, those too whose caller no longer waits for their end. A change that is committed
   * before this answers is seen by whoever reads after it; one that is committed later is told. Changes of one row may be told in another
   * order than they happened in; the larger revision is the later one.
   *
   * @param listener called on the thread of the change, several at a time, which all changes wait for: it does no more than remember
   * @return ends it
   */
  Closeable watch(Scope scope, Consumer<Changed> listener);

  /**
   * Changes what is chosen while nobody else changes anything: all changes before it are committed and told to every {@link #watch}, and
   * none comes before this one is committed. The scope's namespace is not made.
   *
   * @param choice says at that moment what to change, perhaps nothing; all wait for it, so it calls nobody and reads nothing from a disk.
   *     May be asked again where it takes several tries
   * @return the new revision; empty where nothing was chosen
   * @throws io.gantry.api.ConflictException a revision differs; nothing was changed
   * @throws io.gantry.api.UnavailableException a change that is under way does not end
   */
  OptionalLong decide(Scope scope, Supplier<List<Change>> choice) throws IOException;
}
