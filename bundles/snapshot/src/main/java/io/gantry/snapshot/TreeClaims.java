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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Trees that somebody makes or removes at this moment, and so has a right to though there is no row; all others without one are left over.
 */
final class TreeClaims {
  private static final int PAGE = 500;
  private final Table table;
  private final SnapshotDriver driver;
  private final Set<SnapId> claimed = ConcurrentHashMap.newKeySet();

  TreeClaims(Table table, SnapshotDriver driver) {
    this.table = table;
    this.driver = driver;
  }

  /** A claim. */
  interface Claim extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Claims a tree from before it is made to after its row, or from before its row goes to after it is removed.
   *
   * @throws ConflictException somebody removes it
   */
  Claim claimed(SnapId id) throws ConflictException {
    if (!claimed.add(id)) throw new ConflictException("the tree " + id.value() + " of a snapshot is being removed by somebody else");
    return () -> claimed.remove(id);
  }

  /**
   * Lists the trees, then the claims, then the rows: a tree in the list whose maker had ended by then has its row, if it is to have one. A
   * row that moves from key to key meanwhile, as at a commit, is told by the watch where the pages miss it.
   */
  List<SnapId> sweep(Scope scope, String snapshotter, boolean dryRun) throws IOException {
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
