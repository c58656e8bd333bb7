package io.gantry.snapshot;

import io.gantry.api.ConflictException;
import io.gantry.api.Scope;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Changed;
import io.gantry.service.record.Table.Place;
import io.gantry.service.record.Table.Placed;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.snapshot.SnapId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Trees that somebody makes or removes at this moment, and so has a right to though there is no row; all others without one are left over.
 */
final class TreeClaims {
  /** How long a call that its caller has left may take to reach the records, at the very most; it is begun at once. */
  static final Duration LATE = Duration.ofMinutes(1);

  private static final int PAGE = 500;
  private final Table table;
  private final SnapshotDriver driver;
  private final Duration late;
  private final Set<SnapId> claimed = ConcurrentHashMap.newKeySet();
  /** Of the claimed those whose row may be written yet, and the time that was known at, of {@link System#nanoTime}. */
  private final Map<SnapId, Long> doubtful = new ConcurrentHashMap<>();

  TreeClaims(Table table, SnapshotDriver driver, Duration late) {
    this.table = table;
    this.driver = driver;
    this.late = late;
  }

  /** A claim. */
  interface Claim extends AutoCloseable {
    /** Whether its row was written is not known, and it may be yet: the claim outlasts its close by the time that may take. */
    void doubt();

    @Override
    void close();
  }

  /**
   * Claims a tree from before it is made to after its row, or from before its row goes to after it is removed.
   *
   * @param id new, or of a row that was seen, of which there is no doubt any more
   * @throws ConflictException somebody removes it
   */
  Claim claimed(SnapId id) throws ConflictException {
    if (!claimed.add(id) && doubtful.remove(id) == null) {
      throw new ConflictException("the tree " + id.value() + " of a snapshot is being removed by somebody else");
    }
    return new Claim() {
      @Override
      public void doubt() {
        doubtful.put(id, System.nanoTime());
      }

      @Override
      public void close() {
        if (!doubtful.containsKey(id)) claimed.remove(id);
      }
    };
  }

  /** Ends the doubts that have lasted long enough: the commits that have begun until then are waited for, and no other comes. */
  private void settle(Scope scope) throws IOException {
    var old = new ArrayList<SnapId>();
    doubtful.forEach((id, since) -> {
      if (System.nanoTime() - since >= late.toNanos()) old.add(id);
    });
    if (old.isEmpty()) return;
    table.decide(scope, List::of);
    for (SnapId id : old) if (doubtful.remove(id) != null) claimed.remove(id);
  }

  /**
   * Lists the trees, then the claims, then the rows: a tree in the list whose maker had ended by then has its row, if it is to have one. A
   * row that moves from key to key meanwhile, as at a commit, is told by the watch where the pages miss it.
   */
  List<SnapId> sweep(Scope scope, String snapshotter, boolean dryRun) throws IOException {
    settle(scope);
    List<SnapId> suspects = trees(scope, snapshotter);
    suspects.removeAll(Set.copyOf(claimed));
    if (suspects.isEmpty()) return List.of();
    suspects.removeAll(recorded(scope));
    if (dryRun) return List.copyOf(suspects);
    var gone = new ArrayList<SnapId>();
    for (SnapId id : suspects) {
      if (!claimed.add(id)) continue; // whoever removed its row removes it
      try {
        driver.remove(scope, snapshotter, id);
        gone.add(id);
      } finally {
        claimed.remove(id);
      }
    }
    return List.copyOf(gone);
  }

  private List<SnapId> trees(Scope scope, String snapshotter) throws IOException {
    var all = new ArrayList<SnapId>();
    Optional<SnapId> after = Optional.empty();
    while (true) {
      List<SnapId> page = driver.list(scope, snapshotter, after, PAGE);
      if (page.isEmpty()) return all;
      all.addAll(page);
      after = Optional.of(page.getLast());
    }
  }

  private Set<SnapId> recorded(Scope scope) throws IOException {
    Queue<Changed> meanwhile = new ConcurrentLinkedQueue<>();
    var ids = new HashSet<SnapId>();
    try (var watch = table.watch(scope, c -> {
      if (c.table().equals(SnapshotRow.TABLE)) meanwhile.add(c);
    })) {
      Place after = Place.START;
      for (List<Placed> page = page(scope, after); !page.isEmpty(); page = page(scope, after)) {
        for (Placed p : page) ids.add(id(p.place(), p.json()));
        after = page.getLast().place();
      }
      for (Changed c : meanwhile) if (c.json().isPresent()) ids.add(id(c.place(), c.json().get()));
    }
    return ids;
  }

  private List<Placed> page(Scope scope, Place after) throws IOException {
    return table.all(scope, SnapshotRow.TABLE, after, PAGE);
  }

  private static SnapId id(Place place, byte[] json) throws IOException {
    return SnapshotRow.decode(place.namespace(), new Row(place.id(), 1, json)).info().id();
  }
}
