package io.gantry.gc;

import io.gantry.api.CorruptException;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table.Changed;
import io.gantry.service.record.Table.Place;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What refers to what, and what is reached from that which stays. It only ever grows: whatever was reached once in a collection stays in
 * it, so that a change that is told late, twice or in another order does no harm.
 *
 * <p>The monitor guards all but the queue. Changes are told on threads that others wait for, and only queued there.
 */
final class Graph {
  /** Something that is referred to, or has a record. */
  private static final class Node {
    private final Thing thing;
    private final List<Node> to = new ArrayList<>(2);
    /** What a snapshot refers to under conditions. */
    private final List<Tie> ties = new ArrayList<>(0);
    private Facts facts;
    private boolean held;
    private boolean reached;

    Node(Thing thing) {
      this.thing = thing;
    }
  }

  /** To something, under a condition that it names. */
  private record Tie(Node owner, Condition condition) {}

  private final Facts.Reader reader;
  private final Map<Thing, Node> nodes = new HashMap<>();
  private final Queue<Changed> told = new ConcurrentLinkedQueue<>();
  private Instant next = Instant.MAX;
  private Optional<CorruptException> damage = Optional.empty();
  private boolean closed;

  Graph(Facts.Reader reader) {
    this.reader = reader;
  }

  /** A change; on any thread. */
  void tell(Changed change) {
    if (change.json().isPresent()) told.add(change); // what is removed refers to nothing, which the next collection finds
  }

  /** A record as it was read. */
  synchronized void add(Thing.Kind kind, Place place, byte[] json) throws CorruptException {
    add(reader.read(kind, place, json));
  }

  private void add(Facts facts) {
    Node node = node(facts.thing());
    node.facts = facts;
    soonest(facts.until());
    for (Thing t : facts.links().to()) refer(node, node(t));
    for (Thing t : facts.links().from()) refer(node(t), node);
    for (Condition c : facts.links().when()) {
      Tie tie = new Tie(node, c);
      node(c.snapshot()).ties.add(tie);
      tie(node(c.snapshot()), tie);
    }
    for (Tie tie : node.ties) tie(node, tie);
    if (facts.root()) reach(node);
    if (node.held) needed(node);
  }

  /** Where both have come, and the condition holds at the moment of this collection. */
  private void tie(Node snapshot, Tie tie) {
    if (snapshot.facts == null) return;
    for (Instant used : snapshot.facts.links().used()) {
      if (!tie.condition().holds(used, reader.now())) continue;
      refer(snapshot, tie.owner());
      if (tie.condition().within()) soonest(used.plus(tie.condition().time()));
    }
  }

  private Node node(Thing thing) {
    return nodes.computeIfAbsent(thing, Node::new);
  }

  private void refer(Node from, Node to) {
    from.to.add(to);
    if (from.reached) reach(to);
  }

  private void reach(Node first) {
    Deque<Node> grey = new ArrayDeque<>(List.of(first));
    while (!grey.isEmpty()) {
      Node n = grey.pop();
      if (n.reached) continue;
      n.reached = true;
      grey.addAll(n.to);
    }
  }

  /** Whether it has a record, and nothing that was read until now needs it. */
  synchronized boolean isUnneeded(Thing thing) {
    Node node = nodes.get(thing);
    return node != null && node.facts != null && !node.reached && !node.held;
  }

  /** It stays, and all that it refers to. */
  synchronized void reach(Thing thing) {
    reach(node(thing));
  }

  /** It stays, and what it is nothing without; what it refers to besides does not stay for that. */
  synchronized void hold(Thing thing) {
    Node node = node(thing);
    if (node.held) return;
    node.held = true;
    needed(node);
  }

  private void needed(Node held) {
    if (held.facts != null) held.facts.links().needs().ifPresent(this::hold);
  }

  /** Something ends by itself at that moment. */
  synchronized void soonest(Instant time) {
    if (time.isBefore(next)) next = time;
  }

  /** When the next thing ends by itself; {@link Instant#MAX} for never. */
  synchronized Instant next() {
    return next;
  }

  /**
   * Whether it may go at this moment, after all that was told until now. Where that cannot be read, nothing goes.
   */
  synchronized boolean goes(Thing thing) {
    if (closed) return false;
    try {
      heed();
    } catch (CorruptException e) {
      damage = Optional.of(e);
    }
    if (damage.isPresent()) return false;
    Node node = nodes.get(thing);
    return node != null && !node.reached && !node.held;
  }

  /** Takes in what was told. @throws CorruptException a record cannot be read */
  synchronized void heed() throws CorruptException {
    for (Changed c = told.poll(); c != null; c = told.poll()) {
      if (c.table().equals(Leases.HELD)) {
        String held = c.place().id().substring(c.place().id().indexOf('|') + 1);
        Thing.of(c.place().namespace(), Resource.parse(held)).ifPresent(this::reach);
      }
      Optional<Thing.Kind> kind = Thing.Kind.of(c.table());
      if (kind.isPresent()) add(kind.get(), c.place(), c.json().orElseThrow());
    }
  }

  /** What cannot be read of what was told. */
  synchronized Optional<CorruptException> damage() {
    return damage;
  }

  /** Records of a kind of which nothing was reached. */
  synchronized List<Facts> unreached(Thing.Kind kind) {
    return nodes.values().stream().filter(n -> n.thing.kind() == kind && n.facts != null && !n.reached && !n.held).map(n -> n.facts)
        .toList();
  }

  /** All records of a kind. */
  synchronized List<Facts> all(Thing.Kind kind) {
    return nodes.values().stream().filter(n -> n.thing.kind() == kind && n.facts != null).map(n -> n.facts).toList();
  }

  /** How many parents a snapshot has: children are removed first. */
  synchronized int depth(Facts snapshot) {
    int depth = 0;
    Facts at = snapshot;
    while (at != null) {
      Node node = at.links().needs().map(nodes::get).orElse(null);
      at = node == null || ++depth > nodes.size() ? null : node.facts;
    }
    return depth;
  }

  /** Whoever still asks, as one that was given up at a deadline, hears no more yes: it is no longer told what changes. */
  synchronized void close() {
    closed = true;
  }
}
