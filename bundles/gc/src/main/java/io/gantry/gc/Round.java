package io.gantry.gc;

import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Status;
import io.gantry.service.gc.Report;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kind;
import io.gantry.service.record.Image;
import io.gantry.service.record.Table.Place;
import io.gantry.service.record.Table.Placed;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * One collection: a watch is opened, all records are read, what stays is marked, and the rest goes in small steps, each of which asks the
 * marks again at the moment of its change. Nobody is stopped but for that moment.
 */
final class Round {
  private static final int PAGE = 500;
  /** How long to wait for somebody who is at work on a snapshot; the next collection comes soon enough. */
  private static final Duration STEP = Duration.ofSeconds(30);

  private final Parts parts;
  private final Settings settings;
  private final Scope scope;
  private final boolean dryRun;
  private final Strays strays;
  private final Instant now;
  private final Graph graph;
  private final Held held;
  private final List<Gone> gone = new ArrayList<>();
  private final Set<String> skipped = new TreeSet<>();
  private Set<String> settled = Set.of();

  Round(Parts parts, Settings settings, Scope scope, boolean dryRun, Strays strays) {
    this.parts = parts;
    this.settings = settings;
    this.scope = scope;
    this.dryRun = dryRun;
    this.strays = strays;
    this.now = Instant.now();
    this.graph = new Graph(new Facts.Reader(now, settings.grace()));
    this.held = new Held(parts.leases(), parts.ended(), graph, now, dryRun);
  }

  Report run() throws IOException {
    long start = System.nanoTime();
    try (var watch = parts.table().watch(scope, graph::tell)) {
      mark();
      sweep();
    } finally {
      graph.close();
    }
    gone.sort(Comparator.comparing(Gone::kind).thenComparing(Gone::namespace).thenComparing(Gone::id));
    return new Report(gone, List.copyOf(skipped), held.kept(), Duration.ofNanos(System.nanoTime() - start));
  }

  /** When something ends by itself next. */
  Instant next() {
    return graph.next();
  }

  /** Digests of blobs that need no longer be known as removed. */
  Set<String> settled() {
    return settled;
  }

  private void mark() throws IOException {
    for (Thing.Kind kind : Thing.Kind.values()) {
      Place after = Place.START;
      for (List<Placed> page = page(kind, after); !page.isEmpty(); page = page(kind, after)) {
        for (Placed p : page) graph.add(kind, p.place(), p.json());
        after = page.getLast().place();
      }
    }
    for (String namespace : parts.namespaces().list(scope)) held.of(scope.withNamespace(namespace));
    gone.addAll(held.ended());
    graph.heed();
  }

  private List<Placed> page(Thing.Kind kind, Place after) throws IOException {
    return parts.table().all(scope, kind.table(), after, PAGE);
  }

  private void sweep() throws IOException {
    Set<String> stores = parts.there(scope, ContentStore.KIND);
    Set<String> snapshotters = parts.there(scope, Snapshotter.KIND);
    images();
    snapshots(snapshotters);
    var bytes = new Bytes(parts, graph, scope, dryRun, strays, stores, gone, skipped);
    bytes.sweep();
    settled = bytes.settled();
    trees(snapshotters);
    writes();
    if (graph.damage().isPresent()) throw graph.damage().get();
  }

  private void images() throws IOException {
    for (Facts f : graph.unreached(Thing.Kind.IMAGE)) {
      Scope there = scope.withNamespace(f.thing().namespace());
      if (!dryRun) {
        Optional<Image> image = parts.images().find(there, f.thing().id());
        if (image.isEmpty() || !parts.images().collect(there, image.get(), () -> graph.goes(f.thing()))) continue;
      }
      gone.add(new Gone(Kind.IMAGE, f.thing().namespace(), f.thing().id(), 0));
    }
  }

  private void snapshots(Set<String> there) throws IOException {
    List<Facts> all = new ArrayList<>(graph.unreached(Thing.Kind.SNAPSHOT));
    all.sort(Comparator.comparingInt(graph::depth).reversed());
    for (Facts f : all) {
      if (!there.contains(f.driver())) {
        skipped.add("snapshots of '" + f.driver() + "': its driver is away");
      } else if (dryRun || collected(f)) {
        gone.add(new Gone(Kind.SNAPSHOT, f.thing().namespace(), f.thing().id(), f.bytes()));
      }
    }
  }

  private boolean collected(Facts f) throws IOException {
    String key = f.thing().id().substring(f.driver().length() + 1);
    try {
      return parts.snapshots().collect(scope.withNamespace(f.thing().namespace()).within(STEP), f.driver(), key, () -> graph.goes(f
          .thing()));
    } catch (UnavailableException e) {
      skipped.add("snapshot " + f.driver() + " '" + key + "': " + e.getMessage());
      return false;
    }
  }

  private void trees(Set<String> there) throws IOException {
    for (String snapshotter : there) {
      try {
        List<SnapId> found = parts.snapshots().sweep(scope, snapshotter, true);
        long recorded = graph.all(Thing.Kind.SNAPSHOT).stream().filter(f -> f.driver().equals(snapshotter)).count();
        Optional<String> doubt = strays.doubt("trees of '" + snapshotter + "'", found.size(), recorded);
        doubt.ifPresent(skipped::add);
        if (doubt.isPresent() || found.isEmpty()) continue;
        for (SnapId id : dryRun ? found : parts.snapshots().sweep(scope, snapshotter, false)) {
          gone.add(new Gone(Kind.SNAPSHOT, "", snapshotter + "/" + id.value(), 0));
        }
      } catch (UnavailableException e) {
        skipped.add("trees of '" + snapshotter + "': " + e.getMessage());
      }
    }
  }

  private void writes() throws IOException {
    try {
      for (String namespace : parts.blobs().writing(scope)) {
        Scope there = scope.withNamespace(namespace);
        String after = "";
        for (List<Status> page = writes(there, after); !page.isEmpty(); page = writes(there, after)) {
          for (Status s : page) write(there, s);
          after = page.getLast().ref();
        }
      }
    } catch (UnavailableException e) {
      skipped.add("unfinished writes: " + e.getMessage());
    }
  }

  private List<Status> writes(Scope there, String after) throws IOException {
    return parts.contents().writes(there, after, PAGE);
  }

  private void write(Scope there, Status s) throws IOException {
    if (held.holdsIngest(there.namespace(), s.ref())) return;
    Instant end = s.updated().plus(settings.ingests());
    if (end.isAfter(now)) {
      graph.soonest(end);
      return;
    }
    if (!dryRun) {
      try {
        parts.contents().abort(there, s.ref());
      } catch (ConflictException | NotFoundException e) {
        return; // somebody goes on with it, or it has ended
      }
    }
    gone.add(new Gone(Kind.INGEST, there.namespace(), s.ref(), s.offset()));
  }
}
