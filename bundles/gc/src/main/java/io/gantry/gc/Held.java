package io.gantry.gc;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.gc.LeaseCollection;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kept;
import io.gantry.service.gc.Report.Kind;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the leases of a namespace hold; those that have ended go, and what is left of those whose removal was cut. */
final class Held {
  private final Leases leases;
  private final LeaseCollection collection;
  private final Graph graph;
  private final Instant now;
  private final boolean dryRun;
  private final List<Gone> ended = new ArrayList<>();
  private final List<Kept> kept = new ArrayList<>();
  private final Set<String> ingests = new HashSet<>();

  Held(Leases leases, LeaseCollection collection, Graph graph, Instant now, boolean dryRun) {
    this.leases = leases;
    this.collection = collection;
    this.graph = graph;
    this.now = now;
    this.dryRun = dryRun;
  }

  /** A lease with what it holds. */
  private record Holding(Lease lease, List<Resource> resources) {}

  /**
   * After all records were read; each lease is asked whether it alone keeps something before what any of them holds is reached.
   *
   * @throws io.gantry.api.CorruptException one is damaged, so what it lets go or holds is not known
   */
  void of(Scope scope) throws IOException {
    if (!dryRun) collection.sweep(scope);
    List<Holding> all = new ArrayList<>();
    for (Lease lease : leases.list(scope)) {
      Optional<Instant> end = lease.expires();
      if (end.isPresent() && !end.get().isAfter(now)) end(scope, lease);
      else all.add(new Holding(lease, resources(scope, lease)));
    }
    for (Holding h : all) if (isKeeper(scope, h)) kept.add(new Kept(scope.namespace(), h.lease.id(), h.lease.expires()));
    for (Holding h : all) hold(scope, h);
    for (Damaged d : leases.damaged(scope)) throw d.why();
  }

  private void end(Scope scope, Lease lease) throws IOException {
    if (!dryRun && !collection.collect(scope, lease)) return; // its owner was first, and what a new one of its id begins to hold is told
    ended.add(new Gone(Kind.LEASE, scope.namespace(), lease.id(), 0));
  }

  private List<Resource> resources(Scope scope, Lease lease) throws IOException {
    try {
      return leases.resources(scope, lease.id());
    } catch (NotFoundException e) {
      return List.of(); // removed meanwhile; what its owner let refer to those things before that is told
    }
  }

  private boolean isKeeper(Scope scope, Holding h) {
    return h.resources.stream().flatMap(r -> Thing.of(scope.namespace(), r).stream()).anyMatch(graph::isUnneeded);
  }

  private void hold(Scope scope, Holding h) {
    h.lease.expires().ifPresent(graph::soonest);
    boolean flat = h.lease.labels().containsKey(Facts.FLAT);
    for (Resource r : h.resources) {
      if (r.kind().equals("ingests")) ingests.add(scope.namespace() + "/" + r.id());
      Optional<Thing> thing = Thing.of(scope.namespace(), r);
      if (thing.isEmpty()) continue;
      if (flat) graph.hold(thing.get());
      else graph.reach(thing.get());
    }
  }

  /** Leases that went. */
  List<Gone> ended() {
    return ended;
  }

  /** Leases that hold something that nothing else needs. */
  List<Kept> kept() {
    return kept;
  }

  boolean holdsIngest(String namespace, String ref) {
    return ingests.contains(namespace + "/" + ref);
  }
}
