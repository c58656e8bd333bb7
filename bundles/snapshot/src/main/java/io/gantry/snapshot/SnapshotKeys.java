package io.gantry.snapshot;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Labels;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Usage;
import io.gantry.oci.bytes.Pauses;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.oci.record.WholeRows;
import io.gantry.oci.record.WholeRows.Pages;
import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.gc.SnapshotCollection;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Holding;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Condition;
import io.gantry.service.record.Table.Row;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key space. A tree is made before its row and removed after it, so that a crash leaves at most a tree without a row, never a row
 * without a tree.
 */
@Component
public final class SnapshotKeys implements Snapshots, SnapshotCollection {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeys.class);
  private static final int ID_LENGTH = 12;
  private static final int TRIES = 20;
  /** The longest pause between two tries, which lets others get on. */
  private static final int LONGEST_MILLIS = 50;
  private static final int PAGE = 500;
  private final Table table;
  private final Events events;
  private final Holding holding;
  private final SnapshotDriver driver;
  private final TreeClaims trees;
  private final DamagedRows damaged;
  private final WholeRows<SnapshotInfo> whole = new WholeRows<>((scope, row) -> SnapshotRow.decode(scope.namespace(), row).info(),
      LOG::warn);
  private final KeyLocks locks = new KeyLocks();
  private final Pauses pauses = new Pauses();
  private final SecureRandom random = new SecureRandom();

  @Activate
  public SnapshotKeys(@Reference Table table, @Reference Events events, @Reference Holding holding, @Reference Drivers drivers) {
    this(table, events, holding, drivers, TreeClaims.LATE);
  }

  /** @param late how long a record whose caller has left may take to be begun */
  SnapshotKeys(Table table, Events events, Holding holding, Drivers drivers, Duration late) {
    this.table = table;
    this.events = events;
    this.holding = holding;
    this.driver = new SnapshotDriver(drivers);
    this.trees = new TreeClaims(table, driver, late);
    this.damaged = new DamagedRows(table);
  }

  @Deactivate
  void close() {
    pauses.end();
  }

  @Override
  public SnapshotInfo prepare(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    SnapshotInfo made = make(scope, snapshotter, key, SnapKind.ACTIVE, parent, labels);
    events.publish(scope, "/snapshot/prepare", Map.of("key", key, "parent", parent.orElse(""), "snapshotter", snapshotter));
    return made;
  }

  @Override
  public SnapshotInfo view(Scope scope, String snapshotter, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    return make(scope, snapshotter, key, SnapKind.VIEW, parent, labels);
  }

  private SnapshotInfo make(Scope scope, String snapshotter, String key, SnapKind kind, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    if (key.isEmpty()) throw new InvalidException("a snapshot needs a key");
    Map<String, String> checked = Labels.merged(Map.of(), labels);
    try (var held = locks.hold(scope, snapshotter, key)) {
      needless(scope, snapshotter, checked);
      if (find(scope, snapshotter, key).isPresent()) throw exists(snapshotter, key);
      Instant now = Instant.now();
      var info = new SnapshotInfo(snapshotter, key, freshId(), kind, parent, checked, Optional.empty(), now, now);
      List<SnapId> parents = parent.isEmpty() ? List.of() : sealed(scope, snapshotter, parent.get()).chain();
      try (var making = trees.claimed(info.id())) {
        driver.create(scope, info, parents);
        try {
          record(scope, new SnapshotRow(info, parents, 0, touched(scope), 0), parent, Optional.empty());
        } catch (IOException | RuntimeException e) {
          if (isRefusal(e)) CleanUp.after(e, scope, last -> driver.remove(last, snapshotter, info.id()));
          else making.doubt(); // a row that comes yet needs its tree; if none comes, that is swept
          if (e instanceof ConflictException && find(scope, snapshotter, key).isPresent()) throw exists(snapshotter, key);
          throw e;
        }
      }
      return info;
    }
  }

  /** Whether it says that no row was written. A call that was left, as at an interruption, goes on, and so does its commit. */
  private static boolean isRefusal(Exception e) {
    return e instanceof ConflictException || e instanceof NotFoundException || e instanceof InvalidException
        || e instanceof ExhaustedException;
  }

  /** Whoever has no lease finds it all the same for a time. */
  private static Optional<Instant> touched(Scope scope) {
    return scope.lease().isPresent() ? Optional.empty() : Optional.of(Instant.now());
  }

  /** What is to be committed under a key that is there need not be made; its maker's lease keeps it from then on. */
  private void needless(Scope scope, String snapshotter, Map<String, String> labels) throws IOException {
    String wanted = labels.get(REF_LABEL);
    if (wanted != null) refuseKnown(scope, snapshotter, wanted);
  }

  /** @throws AlreadyExistsException it is there, and held */
  private void refuseKnown(Scope scope, String snapshotter, String key) throws IOException {
    if (held(scope, snapshotter, key)) throw exists(snapshotter, key);
  }

  /** Whether it is there, and held from here on, by a lease or for a time. */
  private boolean held(Scope scope, String snapshotter, String key) throws IOException {
    for (int tries = 1; ; tries++) {
      Optional<Row> row = table.get(scope, SnapshotRow.TABLE, SnapshotRow.rowId(snapshotter, key));
      if (row.isEmpty()) return false;
      SnapshotRow known = SnapshotRow.decode(scope.namespace(), row.get());
      try {
        if (scope.lease().isEmpty()) {
          table.change(scope, List.of(known.touched(Instant.now()).write()));
        } else {
          Table.Part hold = holding.part(scope, List.of(resource(snapshotter, key)), List.of());
          var conditions = new ArrayList<>(hold.conditions());
          conditions.add(new Condition(SnapshotRow.TABLE, row.get().id(), Table.PRESENT));
          table.change(scope, conditions, hold.changes());
        }
        return true;
      } catch (ConflictException e) {
        if (tries == TRIES) throw e;
      }
    }
  }

  private static Resource resource(String snapshotter, String key) {
    return new Resource("snapshots/" + snapshotter, key);
  }

  /**
   * Writes a row, which the scope's lease holds from the same change on, and counts it at its parent, which must still be there. Where
   * others are counted there at the same moment it tries again, until the deadline: each time one of them got on.
   *
   * @param of the row that becomes this one
   * @throws ConflictException the key is taken, another of the rows was changed, or the deadline has come
   * @throws NotFoundException the parent or the lease has gone
   */
  private void record(Scope scope, SnapshotRow row, Optional<String> parent, Optional<SnapshotRow> of) throws IOException {
    String snapshotter = row.info().snapshotter();
    List<Resource> held = List.of(resource(snapshotter, row.info().key()));
    List<Resource> released = of.stream().map(o -> resource(snapshotter, o.info().key())).toList();
    for (int tries = 1; ; tries++) {
      Table.Part hold = holding.part(scope, held, released);
      var changes = new ArrayList<>(hold.changes());
      if (of.isPresent()) changes.add(of.get().erase());
      changes.add(row.write());
      long revision = 0;
      if (parent.isPresent()) {
        SnapshotRow over = sealed(scope, snapshotter, parent.get());
        revision = over.revision();
        changes.add(over.children(1).write());
      }
      try {
        table.change(scope, hold.conditions(), changes);
        return;
      } catch (ConflictException e) {
        if (find(scope, snapshotter, row.info().key()).isPresent()) throw e;
        holding.part(scope, held, released); // tells where it is the lease that has gone
        if (parent.isEmpty()) throw e;
        boolean counted = sealed(scope, snapshotter, parent.get()).revision() != revision;
        if (!counted || !Instant.now().isBefore(scope.deadline())) throw e;
        Duration pause = Duration.ofMillis(random.nextInt(Math.min(tries, LONGEST_MILLIS)));
        if (!pauses.pause(pause, "to count snapshot '" + row.info().key() + "' at its parent '" + parent.get() + "'")) throw e;
      }
    }
  }

  @Override
  public List<Mount> mounts(Scope scope, String snapshotter, String key) throws IOException {
    SnapshotRow row = row(scope, snapshotter, key);
    if (row.info().kind() == SnapKind.SEALED) {
      throw new ConflictException("snapshot " + snapshotter + " '" + key + "' is committed and has no mounts; make a view of it");
    }
    return driver.mounts(scope, row.info(), row.parents());
  }

  @Override
  public Optional<SnapshotInfo> of(Scope scope, List<Mount> mounts) throws IOException {
    Set<String> words = words(mounts);
    Optional<CorruptException> unread = Optional.empty();
    String after = "";
    while (true) {
      List<Row> page = table.list(scope, SnapshotRow.TABLE, after, PAGE);
      for (Row r : page) {
        SnapshotRow row;
        try {
          row = SnapshotRow.decode(scope.namespace(), r);
        } catch (CorruptException e) {
          unread = Optional.of(e);
          continue; // they may be another's
        }
        boolean maybe = row.info().kind() == SnapKind.ACTIVE && words.contains(row.info().id().value());
        if (maybe && driver.mounts(scope, row.info(), row.parents()).equals(mounts)) return Optional.of(row.info());
      }
      if (page.size() < PAGE && unread.isPresent()) throw unread.get();
      if (page.size() < PAGE) return Optional.empty();
      after = page.getLast().id();
    }
  }

  /** Names of files and folders in the mounts; drivers keep a snapshot under its id. */
  private static Set<String> words(List<Mount> mounts) {
    var words = new HashSet<String>();
    for (Mount m : mounts) {
      words.addAll(List.of(m.source().split("/")));
      for (String option : m.options()) words.addAll(List.of(option.split("[/:=,]")));
    }
    return words;
  }

  @Override
  public SnapshotInfo commit(Scope scope, String snapshotter, String name, String key, Optional<String> parent, Map<String, String> labels)
      throws IOException {
    if (name.isEmpty()) throw new InvalidException("a committed snapshot needs a name");
    Map<String, String> checked = Labels.merged(Map.of(), labels);
    try (var held = locks.hold(scope, snapshotter, key)) {
      refuseKnown(scope, snapshotter, name);
      SnapshotRow row = row(scope, snapshotter, key);
      if (row.info().kind() != SnapKind.ACTIVE) {
        throw new ConflictException("snapshot " + snapshotter + " '" + key + "' is not active but " + row.info().kind()
            + ", so it cannot be committed");
      }
      boolean given = parent.isPresent() && !parent.equals(row.info().parent());
      if (given && row.info().parent().isPresent()) {
        throw new InvalidException("snapshot " + snapshotter + " '" + key + "' has the parent '" + row.info().parent().get()
            + "', which cannot become '" + parent.get() + "'");
      }
      List<SnapId> parents = given ? sealed(scope, snapshotter, parent.get()).chain() : row.parents();
      Usage usage = driver.seal(scope, row.info(), parents);
      Optional<String> last = given ? parent : row.info().parent();
      var sealed = new SnapshotInfo(snapshotter, name, row.info().id(), SnapKind.SEALED, last, checked, Optional.of(usage), row.info()
          .created(),
          Instant.now());
      try {
        record(scope, new SnapshotRow(sealed, parents, 0, touched(scope), 0), given ? parent : Optional.empty(), Optional.of(row));
      } catch (ConflictException e) {
        refuseKnown(scope, snapshotter, name);
        throw e;
      }
      events.publish(scope, "/snapshot/commit", Map.of("key", key, "name", name, "snapshotter", snapshotter));
      return sealed;
    }
  }

  @Override
  public boolean canRebase(Scope scope, String snapshotter) {
    return driver.canRebase(scope, snapshotter);
  }

  @Override
  public SnapshotInfo get(Scope scope, String snapshotter, String key) throws IOException {
    return row(scope, snapshotter, key).info();
  }

  @Override
  public Optional<SnapshotInfo> find(Scope scope, String snapshotter, String key) throws IOException {
    Optional<Row> row = table.get(scope, SnapshotRow.TABLE, SnapshotRow.rowId(snapshotter, key));
    return row.isEmpty() ? Optional.empty() : Optional.of(SnapshotRow.decode(scope.namespace(), row.get()).info());
  }

  @Override
  public List<SnapshotInfo> list(Scope scope, String snapshotter, String after, int max) throws IOException {
    return whole.list(scope, pages(scope, snapshotter), SnapshotRow.rowId(snapshotter, after), max);
  }

  @Override
  public List<Damaged> damaged(Scope scope, String snapshotter) throws IOException {
    return whole.damaged(scope, pages(scope, snapshotter)).stream().map(d -> new Damaged(SnapshotRow.key(d.id()), d.why())).toList();
  }

  /** Rows of one snapshotter, which lie side by side. */
  private Pages pages(Scope scope, String snapshotter) {
    String first = SnapshotRow.rowId(snapshotter, "");
    return (after, max) -> table.list(scope, SnapshotRow.TABLE, after.isEmpty() ? first : after, max).stream()
        .takeWhile(r -> r.id().startsWith(first)).toList();
  }

  @Override
  public List<String> snapshotters(Scope scope) throws IOException {
    var names = new TreeSet<>(driver.names());
    String after = "";
    while (true) {
      List<Row> page = table.list(scope, SnapshotRow.TABLE, after, PAGE);
      for (Row r : page) names.add(r.id().substring(0, r.id().indexOf('/')));
      if (page.size() < PAGE) return List.copyOf(names);
      after = page.getLast().id();
    }
  }

  @Override
  public SnapshotInfo label(Scope scope, String snapshotter, String key, Map<String, String> changes) throws IOException {
    return labelled(scope, snapshotter, key, old -> Labels.merged(old, changes));
  }

  @Override
  public SnapshotInfo relabel(Scope scope, String snapshotter, String key, Map<String, String> labels) throws IOException {
    return labelled(scope, snapshotter, key, old -> Labels.merged(Map.of(), labels));
  }

  /** Makes new labels of the old ones. */
  @FunctionalInterface
  private interface Relabelling {
    Map<String, String> of(Map<String, String> old) throws IOException;
  }

  private SnapshotInfo labelled(Scope scope, String snapshotter, String key, Relabelling labels) throws IOException {
    for (int tries = 1; ; tries++) {
      SnapshotRow row = row(scope, snapshotter, key);
      SnapshotInfo i = row.info();
      var changed = new SnapshotInfo(i.snapshotter(), i.key(), i.id(), i.kind(), i.parent(), labels.of(i.labels()), i.usage(),
          i.created(), Instant.now());
      try {
        table.change(scope, List.of(row.with(changed).write()));
        return changed;
      } catch (ConflictException e) {
        if (tries == TRIES) throw e;
      }
    }
  }

  @Override
  public Usage usage(Scope scope, String snapshotter, String key) throws IOException {
    SnapshotInfo s = get(scope, snapshotter, key);
    if (s.kind() == SnapKind.VIEW) return new Usage(0, 0); // nothing is ever written to it; what it takes is its parents'
    return s.usage().isPresent() ? s.usage().get() : driver.usage(scope, s);
  }

  @Override
  public void remove(Scope scope, String snapshotter, String key) throws IOException {
    try (var held = locks.hold(scope, snapshotter, key)) {
      if (damaged.erase(scope, snapshotter, key)) {
        events.publish(scope, "/snapshot/remove", Map.of("key", key, "snapshotter", snapshotter)); // its tree goes with a collection
        return;
      }
      removed(scope, snapshotter, key, changes -> {
        table.change(scope, changes);
        return true;
      });
    }
  }

  @Override
  public boolean collect(Scope scope, String snapshotter, String key, BooleanSupplier guard) throws IOException {
    try (var held = locks.hold(scope, snapshotter, key)) {
      return find(scope, snapshotter, key).isPresent() && removed(scope, snapshotter, key,
          changes -> table.decide(scope, () -> guard.getAsBoolean() ? changes : List.of()).isPresent());
    } catch (ConflictException e) {
      return false; // it has children, or others change it all the time
    } catch (NotFoundException e) {
      return false; // somebody removed it meanwhile
    }
  }

  /** Writes what is to be changed, or does not. */
  @FunctionalInterface
  private interface Erasure {
    boolean write(List<Change> changes) throws IOException;
  }

  private boolean removed(Scope scope, String snapshotter, String key, Erasure erasure) throws IOException {
    SnapId id = row(scope, snapshotter, key).info().id();
    try (var removing = trees.claimed(id)) {
      if (!erase(scope, snapshotter, key, erasure)) return false;
      events.publish(scope, "/snapshot/remove", Map.of("key", key, "snapshotter", snapshotter));
      driver.remove(scope, snapshotter, id);
      return true;
    }
  }

  @Override
  public List<SnapId> sweep(Scope scope, String snapshotter, boolean dryRun) throws IOException {
    return trees.sweep(scope, snapshotter, dryRun);
  }

  @Override
  public void cleanup(Scope scope, String snapshotter) throws IOException {
    driver.answers(scope, snapshotter);
  }

  private boolean erase(Scope scope, String snapshotter, String key, Erasure erasure) throws IOException {
    for (int tries = 1; ; tries++) {
      SnapshotRow row = row(scope, snapshotter, key);
      if (row.children() > 0) {
        throw new ConflictException("snapshot " + snapshotter + " '" + key + "' has " + row.children() + " children; remove those first");
      }
      var changes = new ArrayList<Change>(List.of(row.erase()));
      Optional<String> parent = row.info().parent();
      if (parent.isPresent()) counted(scope, snapshotter, parent.get()).ifPresent(changes::add);
      try {
        return erasure.write(changes);
      } catch (ConflictException e) {
        if (tries == TRIES) throw e; // a sibling came or went, or a child of ours came
      }
    }
  }

  /** One child less; a parent that is damaged counts nothing any more, and must not hold its children. */
  private Optional<Change> counted(Scope scope, String snapshotter, String parent) throws IOException {
    SnapshotRow row;
    try {
      row = row(scope, snapshotter, parent);
    } catch (CorruptException e) {
      return Optional.empty();
    }
    return Optional.of(row.children(-1).write());
  }

  private SnapshotRow row(Scope scope, String snapshotter, String key) throws IOException {
    return SnapshotRow.decode(scope.namespace(), SnapshotRow.stored(table, scope, snapshotter, key));
  }

  private SnapshotRow sealed(Scope scope, String snapshotter, String parent) throws IOException {
    SnapshotRow row = row(scope, snapshotter, parent);
    if (row.info().kind() == SnapKind.SEALED) return row;
    throw new InvalidException("snapshot '" + parent + "' of " + snapshotter + " is not committed, so it cannot be a parent");
  }

  private static AlreadyExistsException exists(String snapshotter, String key) {
    return new AlreadyExistsException("snapshot '" + key + "' of " + snapshotter + " is there already");
  }

  /** Sixty random bits: short, since overlayfs gets the paths of all layers in one page of options. */
  private SnapId freshId() {
    var id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) id.append("0123456789abcdefghjkmnpqrstvwxyz".charAt(random.nextInt(32)));
    return new SnapId(id.toString());
  }
}
