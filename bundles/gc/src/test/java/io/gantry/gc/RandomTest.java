package io.gantry.gc;

import static io.gantry.gc.World.NATIVE;
import static io.gantry.gc.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.gc.CollectRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many who make, check and remove images of the same few layers in two namespaces, while others collect. After each step that has to hold
 * something, all of it is read back; at the end, what is left referred to is whole, and nothing else is there.
 */
class RandomTest {
  private static final long SEED = Long.getLong("gantry.seed", System.nanoTime());
  private static final long MILLIS = System.getProperty("gantry.long") == null ? 6_000 : 300_000;
  private static final int WORKERS = 4;
  private static final int LAYERS = 8;
  private static final String GC = "containerd.io/gc.";
  @TempDir Path root;
  private World world;
  private final AtomicInteger pulls = new AtomicInteger();
  private final AtomicInteger collections = new AtomicInteger();
  private volatile boolean end;

  /** An image that a worker has, and what is to be there as long as it has. */
  private record Mine(Scope scope, String name, Digest manifest, List<Digest> layers, String top) {}

  @Test
  void nothingReferredToIsLostAndNothingElseStays() throws Exception {
    System.out.println("seed " + SEED + ", -Dgantry.seed=" + SEED + " plays it again");
    world = World.quiet(root);
    try (var drivers = world; var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Mine>>> workers = new ArrayList<>();
      for (int w = 0; w < WORKERS; w++) {
        int id = w;
        workers.add(pool.submit(ending(() -> work(id, new Random(SEED + id)))));
      }
      Future<?> collector = pool.submit(ending(this::collect));
      long start = System.nanoTime();
      while (!end && goesOn((System.nanoTime() - start) / 1_000_000)) java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
      end = true;
      List<Mine> left = new ArrayList<>();
      for (Future<List<Mine>> w : workers) left.addAll(w.get());
      collector.get();
      System.out.println(pulls + " pulls, " + collections + " collections, " + left.size() + " images left");
      assertTrue(pulls.get() > 10 && collections.get() > 3, pulls + " pulls, " + collections + " collections");
      last(left);
    }
  }

  /** A machine that is busy gets ten times as long to do anything worth a look. */
  private boolean goesOn(long millis) {
    return millis < MILLIS || millis < 10 * MILLIS && (pulls.get() <= 10 || collections.get() <= 3);
  }

  /** One that fails ends all. */
  private <T> Callable<T> ending(Callable<T> work) {
    return () -> {
      try {
        return work.call();
      } finally {
        end = true;
      }
    };
  }

  private Object collect() throws IOException {
    while (!end) {
      java.util.concurrent.locks.LockSupport.parkNanos(2_000_000); // pulls are to get on beside it
      world.gc.collect(SCOPE, collections.incrementAndGet() % 5 == 0 ? CollectRequest.dry() : CollectRequest.defaults());
    }
    return null;
  }

  private List<Mine> work(int worker, Random random) throws Exception {
    List<Mine> mine = new ArrayList<>();
    for (int i = 0; !end; i++) {
      Scope scope = random.nextBoolean() ? SCOPE : World.OTHER;
      switch (random.nextInt(mine.size() > 4 ? 6 : 4)) {
        case 0, 1 -> mine.add(pull(scope, worker + "-" + i, random));
        case 2 -> abandon(scope, worker + "-" + i, random);
        case 3 -> {
          if (!mine.isEmpty()) check(mine.get(random.nextInt(mine.size())));
        }
        default -> remove(mine.remove(random.nextInt(mine.size())), random);
      }
    }
    return mine;
  }

  /** As a client does: a lease, layers, snapshots, documents with labels, the name, and the lease goes. */
  private Mine pull(Scope scope, String name, Random random) throws Exception {
    world.leases.create(scope, name, Map.of(GC + "expire", "2100-01-01T00:00:00Z"));
    Scope leased = scope.withLease(name);
    Mine made = make(leased, name, random);
    check(made);
    if (random.nextBoolean()) {
      world.image(scope, name, made.manifest(), Map.of());
    } else { // a container that refers by labels and by its snapshot
      world.image(scope, name + " passing", made.manifest(), Map.of());
      world.image(scope, name, made.manifest(), Map.of(GC + "ref.content.same", made.manifest().toString()));
      world.images.remove(scope, name + " passing");
    }
    world.leases.remove(scope, name);
    check(made);
    pulls.incrementAndGet();
    return made;
  }

  private Mine make(Scope leased, String name, Random random) throws Exception {
    int depth = 1 + random.nextInt(3);
    List<Digest> layers = new ArrayList<>();
    String top = "";
    var labels = new java.util.TreeMap<String, String>();
    for (int l = 0; l < depth; l++) {
      int layer = random.nextInt(LAYERS);
      Digest d = blob(leased, "layer " + layer, random);
      layers.add(d);
      labels.put(GC + "ref.content.l." + l, d.toString());
      top = unpack(leased, top, layer, name + "-" + l);
    }
    Digest config = blob(leased, "config " + name + random.nextInt(), random);
    world.contents.label(leased, config, Map.of(GC + "ref.snapshot." + NATIVE, top));
    layers.add(config);
    labels.put(GC + "ref.content.config", config.toString());
    Digest manifest = World.digest("manifest " + name);
    world.contents.put(leased, new WriterSpec("m-" + name, Optional.of(manifest), OptionalLong.empty(), labels), World.bytes("manifest "
        + name));
    return new Mine(new Scope(leased.namespace(), "root", Optional.empty(), leased.deadline()), name, manifest, layers, top);
  }

  /**
   * Several write the same: who is not first waits, or finds it there. The digest is known before the bytes, in their midst or at the end;
   * whatever tells that the blob is there, the engine holds it.
   */
  private Digest blob(Scope leased, String text, Random random) throws IOException {
    int known = random.nextInt(3);
    while (true) {
      try {
        if (known == 0) return world.blob(leased, text, Map.of());
        String ref = random.nextBoolean() ? "write " + text : leased.lease().orElseThrow() + " writes " + text;
        return known == 1 ? world.blobKnownAtTheEnd(leased, ref, text) : world.blobKnownMidway(leased, ref, text);
      } catch (io.gantry.api.UnavailableException e) {
        Thread.onSpinWait(); // somebody writes it at this moment
      }
    }
  }

  private String unpack(Scope leased, String parent, int layer, String key) throws IOException {
    String name = (parent.isEmpty() ? "" : parent + "+") + layer;
    while (true) {
      try {
        world.snapshots.prepare(leased, NATIVE, key, parent.isEmpty() ? Optional.empty() : Optional.of(parent), Map.of(
            io.gantry.service.snapshot.Snapshots.REF_LABEL, name));
        world.snapshots.commit(leased, NATIVE, name, key, Optional.empty(), Map.of());
        return name;
      } catch (AlreadyExistsException e) {
        if (world.snapshots.find(leased, NATIVE, key).isPresent()) world.snapshots.remove(leased, NATIVE, key);
        if (e.getMessage().contains("'" + name + "'")) return name; // which is held, whichever call told it
      }
    }
  }

  /** A pull that fails in its midst: nothing but the lease, which goes, or ends. */
  private void abandon(Scope scope, String name, Random random) throws Exception {
    boolean ends = random.nextBoolean();
    world.leases.create(scope, name, ends ? Map.of(GC + "expire", java.time.Instant.now().plusMillis(300).toString()) : Map.of());
    try {
      make(scope.withLease(name), name, random);
    } catch (NotFoundException | ConflictException e) {
      if (!ends) throw e; // else it ended at work, and what it had made may go at once
    }
    if (!ends) world.leases.remove(scope, name);
  }

  private void remove(Mine m, Random random) throws Exception {
    check(m);
    if (random.nextInt(4) == 0) { // it goes on by another name
      world.image(m.scope(), "tag " + m.name(), m.manifest(), Map.of());
      world.images.remove(m.scope(), m.name());
      check(m);
      world.images.remove(m.scope(), "tag " + m.name());
    } else {
      world.images.remove(m.scope(), m.name());
    }
  }

  private void check(Mine m) throws IOException {
    world.contents.read(m.scope(), m.manifest(), 100);
    for (Digest d : m.layers()) world.contents.read(m.scope(), d, 100);
    String key = m.top();
    while (!key.isEmpty()) {
      var info = world.snapshots.get(m.scope(), NATIVE, key);
      assertTrue(world.trees().contains(info.id().value()), "the tree of " + key);
      key = info.parent().orElse("");
    }
  }

  private void last(List<Mine> left) throws IOException {
    for (Mine m : left) check(m);
    int leases = world.leases.list(SCOPE).size() + world.leases.list(World.OTHER).size();
    while (leases > 0) { // those that end
      world.collect();
      leases = world.leases.list(SCOPE).size() + world.leases.list(World.OTHER).size();
    }
    world.collect();
    for (Mine m : left) check(m);
    var stored = new java.util.TreeSet<String>();
    for (Scope scope : List.of(SCOPE, World.OTHER)) {
      var wanted = new java.util.TreeSet<String>();
      var keys = new java.util.TreeSet<String>();
      for (Mine m : left) {
        if (!m.scope().equals(scope)) continue;
        wanted.add(m.manifest().toString());
        m.layers().forEach(d -> wanted.add(d.toString()));
        for (String key = m.top(); !key.isEmpty(); key = key.contains("+") ? key.substring(0, key.lastIndexOf('+')) : "") keys.add(key);
      }
      assertEquals(List.copyOf(wanted), world.blobs(scope));
      assertEquals(List.copyOf(keys), world.snapshots.list(scope, NATIVE, "", 10_000).stream().map(s -> s.key()).toList());
      stored.addAll(wanted);
    }
    assertEquals(List.copyOf(stored), world.stored().stream().map(Digest::toString).sorted().toList());
    int rows = world.snapshots.list(SCOPE, NATIVE, "", 10_000).size() + world.snapshots.list(World.OTHER, NATIVE, "", 10_000).size();
    assertEquals(rows, world.trees().size());
    for (Mine m : left) world.images.remove(m.scope(), m.name());
    world.collect();
    assertEquals(List.of(), world.stored());
    assertEquals(List.of(), world.trees());
  }
}
