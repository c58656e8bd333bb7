package io.gantry.kit.rules;

import io.gantry.api.Usage;
import io.gantry.kit.Trial;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What core does with a snapshot driver, in a few words; used by the rules. */
final class Snaps {
  private final Trial<Snapshotter> t;
  private int next = 100;

  Snaps(Trial<Snapshotter> t) {
    this.t = t;
  }

  Snapshotter driver() throws Exception {
    return t.driver();
  }

  Snap snap(SnapKind kind, List<SnapId> parents) {
    return snap("s" + next++, kind, parents);
  }

  Snap snap(String id, SnapKind kind, List<SnapId> parents) {
    return new Snap(new SnapId(id), parents, kind, Map.of(), t.epoch());
  }

  /** The same snapshot as it is handed over at another moment. */
  Snap as(Snap s, SnapKind kind, List<SnapId> parents) {
    return new Snap(s.id(), parents, kind, s.labels(), t.epoch());
  }

  Snap create(Snap s) throws Exception {
    t.until("create of " + s.id(), () -> driver().create(s));
    return s;
  }

  Snap active(SnapId... parents) throws Exception {
    return create(snap(SnapKind.ACTIVE, List.of(parents)));
  }

  Snap active(List<SnapId> parents) throws Exception {
    return create(snap(SnapKind.ACTIVE, parents));
  }

  Snap view(List<SnapId> parents) throws Exception {
    return create(snap(SnapKind.VIEW, parents));
  }

  Usage seal(Snap s) throws Exception {
    List<Usage> done = new ArrayList<>();
    t.until("seal of " + s.id(), () -> {
      driver().seal(s).ifPresent(done::add);
      return !done.isEmpty();
    });
    return done.getFirst();
  }

  void remove(SnapId id) throws Exception {
    t.until("remove of " + id, () -> driver().remove(id));
  }

  Tree tree(Snap s) throws Exception {
    return Tree.of(t, driver().mounts(s));
  }

  /** A new sealed layer over parents, with these files, as name and text in turn. */
  Snap layer(List<SnapId> parents, String... files) throws Exception {
    Snap s = active(parents);
    try (Tree tree = tree(s)) {
      for (int i = 0; i < files.length; i += 2) tree.write(files[i], files[i + 1]);
    }
    seal(s);
    return as(s, SnapKind.SEALED, parents);
  }

  /** So many sealed layers, one over the other, each with a file of its own and one that it changes; the top one. */
  Snap chain(int layers) throws Exception {
    Snap top = null;
    for (int i = 0; i < layers; i++) {
      top = layer(top == null ? List.of() : over(top), "f" + i, "of layer " + i, "d/changed", "by layer " + i);
    }
    return top;
  }

  /** The parents of whoever stands on this one. */
  static List<SnapId> over(Snap s) {
    List<SnapId> all = new ArrayList<>(List.of(s.id()));
    all.addAll(s.parents());
    return all;
  }

  /** The tree as a view shows it. */
  Map<String, String> listing(Snap sealed) throws Exception {
    Snap v = view(over(sealed));
    try (Tree tree = tree(v)) {
      return tree.listing();
    } finally {
      remove(v.id());
    }
  }

  List<SnapId> list(int page) throws Exception {
    List<SnapId> all = new ArrayList<>();
    Optional<SnapId> after = Optional.empty();
    while (all.size() < 10_000) {
      List<SnapId> p = driver().list(after, page);
      t.check(p.size() <= page, "a page of at most " + page + " has " + p.size());
      if (p.isEmpty()) return all;
      all.addAll(p);
      after = Optional.of(p.getLast());
    }
    throw new AssertionError("the pages of snapshots never end");
  }
}
