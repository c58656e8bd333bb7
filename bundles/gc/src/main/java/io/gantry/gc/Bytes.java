package io.gantry.gc;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.gc.Report.Gone;
import io.gantry.service.gc.Report.Kind;
import io.gantry.spi.content.Blob;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Blobs: first the records that nothing refers to, then the bytes that have no record any more, or never had one. */
final class Bytes {
  /** Of blobs; a store may read all its names for each page. */
  private static final int PAGE = 10_000;
  /** Records that go in one change, which others wait for, and bytes whose digests are held meanwhile. */
  private static final int STEP = 500;

  private final Parts parts;
  private final Graph graph;
  private final Scope scope;
  private final boolean dryRun;
  private final Strays strays;
  private final Set<String> stores;
  private final List<Gone> gone;
  private final Set<String> skipped;
  /** Namespaces that lost a blob, by store and digest. */
  private final Map<String, List<String>> lost = new HashMap<>();
  /** Digests whose bytes went. */
  private final Set<String> freed = new HashSet<>();
  /** Whether a store could not be looked at. */
  private boolean missed;

  Bytes(Parts parts, Graph graph, Scope scope, boolean dryRun, Strays strays, Set<String> stores, List<Gone> gone, Set<String> skipped) {
    this.parts = parts;
    this.graph = graph;
    this.scope = scope;
    this.dryRun = dryRun;
    this.strays = strays;
    this.stores = stores;
    this.gone = gone;
    this.skipped = skipped;
  }

  void sweep() throws IOException {
    Map<String, Map<Digest, String>> byNamespace = new TreeMap<>();
    for (Facts f : graph.unreached(Thing.Kind.CONTENT)) {
      if (stores.contains(f.driver())) {
        byNamespace.computeIfAbsent(f.thing().namespace(), n -> new TreeMap<>()).put(Digest.parse(f.thing().id()), f.driver());
      } else {
        missed = true;
        skipped.add("blobs in '" + f.driver() + "': its driver is away");
      }
    }
    for (var e : byNamespace.entrySet()) records(e.getKey(), e.getValue());
    for (String store : stores) {
      try {
        bytes(store);
      } catch (UnavailableException e) {
        missed = true;
        skipped.add("blobs in '" + store + "': " + e.getMessage());
      }
    }
    lost.forEach((where, namespaces) -> namespaces.forEach(n -> tell(n, where.substring(where.indexOf(' ') + 1), 0)));
  }

  /**
   * Digests that the next collection need not know as removed: their bytes went, or all stores were looked at. So a store that is away for
   * good does not make them more and more.
   */
  Set<String> settled() {
    Set<String> all = new HashSet<>(freed);
    if (!missed) all.addAll(strays.removed());
    return all;
  }

  private void records(String namespace, Map<Digest, String> going) throws IOException {
    List<Digest> all = List.copyOf(going.keySet());
    for (int i = 0; i < all.size(); i += STEP) {
      List<Digest> some = all.subList(i, Math.min(all.size(), i + STEP));
      List<Digest> went = dryRun ? some : parts.blobs().collect(scope.withNamespace(namespace), some, d -> graph.goes(Thing.content(
          namespace, d.toString())));
      for (Digest d : went) lost.computeIfAbsent(going.get(d) + " " + d, k -> new ArrayList<>()).add(namespace);
    }
  }

  private void bytes(String store) throws IOException {
    Set<String> recorded = recorded(store);
    List<Blob> without = new ArrayList<>();
    List<Blob> unknown = new ArrayList<>();
    Optional<Digest> after = Optional.empty();
    for (List<Blob> page = page(store, after); !page.isEmpty(); page = page(store, after)) {
      for (Blob b : page) {
        String digest = b.digest().toString();
        if (!recorded.contains(digest)) (lost.containsKey(store + " " + digest) || strays.isRemoved(digest) ? without : unknown).add(b);
      }
      after = Optional.of(page.getLast().digest());
    }
    Optional<String> doubt = strays.doubt("blobs in '" + store + "'", unknown.size(), recorded.size());
    doubt.ifPresent(skipped::add);
    if (doubt.isEmpty()) without.addAll(unknown);
    for (int i = 0; i < without.size(); i += STEP) bytes(store, without.subList(i, Math.min(without.size(), i + STEP)));
  }

  private List<Blob> page(String store, Optional<Digest> after) throws IOException {
    return parts.blobs().stored(scope, store, after, PAGE);
  }

  /** Digests that some namespace still has in a store, as far as the graph knows; the rest is looked at one by one. */
  private Set<String> recorded(String store) {
    Set<String> all = new HashSet<>();
    for (Facts f : graph.all(Thing.Kind.CONTENT)) {
      List<String> without = lost.getOrDefault(store + " " + f.thing().id(), List.of());
      if (f.driver().equals(store) && !without.contains(f.thing().namespace())) all.add(f.thing().id());
    }
    return all;
  }

  private void bytes(String store, List<Blob> some) throws IOException {
    List<Digest> digests = some.stream().map(Blob::digest).toList();
    Set<Digest> went = Set.copyOf(dryRun ? digests : parts.blobs().reclaim(scope, store, digests));
    for (Blob b : some) if (went.contains(b.digest())) went(store, b);
  }

  private void went(String store, Blob b) {
    freed.add(b.digest().toString());
    List<String> namespaces = new ArrayList<>(lost.getOrDefault(store + " " + b.digest(), List.of()));
    lost.remove(store + " " + b.digest());
    tell(namespaces.isEmpty() ? "" : namespaces.removeFirst(), b.digest().toString(), b.size());
    namespaces.forEach(n -> tell(n, b.digest().toString(), 0));
  }

  private void tell(String namespace, String digest, long bytes) {
    gone.add(new Gone(Kind.CONTENT, namespace, digest, bytes));
  }
}
