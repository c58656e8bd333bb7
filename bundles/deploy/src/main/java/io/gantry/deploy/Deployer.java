package io.gantry.deploy;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes what is in use, and writes down what came of it. Its caller sees to it that there is one change at a time. */
final class Deployer {
  private static final Logger log = LoggerFactory.getLogger(Deployer.class);
  private final LockFile lock;
  private final JarStore jars;
  private final Bundles bundles;
  private final Drivers drivers;
  private final Runnable rescan;
  private final Map<DriverRef, String> shipped = new HashMap<>(); // where shipped bundles that were taken out came from
  private final Map<DriverRef, String> problems = new ConcurrentSkipListMap<>();

  /** @param rescan reads the configuration files again: a bundle that was just installed knows which keys are right */
  Deployer(LockFile lock, JarStore jars, Bundles bundles, Drivers drivers, Runnable rescan) {
    this.lock = lock;
    this.jars = jars;
    this.bundles = bundles;
    this.drivers = drivers;
    this.rescan = rescan;
  }

  /** At start: what the lock names is installed beside what was shipped, before configurations make anybody borrow. */
  void bringUp() {
    for (Deployment d : lock.all()) {
      if (d.digest().equals(Deployment.SHIPPED) || d.digest().equals(Deployment.NONE)) continue;
      try {
        byte[] jar = jars.read(d.digest());
        Admission.check("the jar of driver " + d.ref(), jar, bundles.all());
        bundles.bring(d.digest(), jar, () -> {});
      } catch (IOException e) {
        String text = "driver " + d.ref() + " is to be " + d.digest().substring(0, 12) + ", which cannot be had: " + e.getMessage()
            + "; try driver:update or driver:rollback";
        problems.put(d.ref(), text);
        log.error("{}", text, e);
      }
    }
  }

  Map<DriverRef, String> problems() {
    return Map.copyOf(problems);
  }

  List<DriverState> install(Path file) throws IOException {
    Bundle b = admitted(file, true);
    List<DriverRef> refs = Bundles.offered(b);
    try {
      if (refs.isEmpty()) {
        throw new InvalidException(file + " offers no driver: write its configuration, config/<kind>.<type>~<name>.cfg, first");
      }
      for (DriverRef ref : refs) {
        if (!removed(ref) && drivers.list(Scope.root()).stream().anyMatch(s -> s.ref().equals(ref) && s.bundleId() != b.getBundleId()
            && s.bundleId()
            != 0)) {
          throw new AlreadyExistsException("driver " + ref + " is there already; use driver:update " + ref + " " + file);
        }
      }
      for (DriverRef ref : refs) drivers.promote(Scope.root(), ref, b.getBundleId());
      record(refs, digest(b), Map.of());
    } catch (IOException e) {
      bundles.takeOut(b);
      jars.keepOnly(named());
      throw e;
    }
    return drivers.list(Scope.root()).stream().filter(s -> refs.contains(s.ref())).toList();
  }

  private boolean removed(DriverRef ref) {
    return lock.find(ref).filter(d -> d.digest().equals(Deployment.NONE)).isPresent();
  }

  List<Promotion> update(DriverRef ref, Path file) throws IOException {
    Map<DriverRef, DriverState> used = inUse();
    DriverState now = used.get(ref);
    if (now == null) throw new NotFoundException("driver " + ref + " has no bundle; use driver:install " + file);
    Bundle next = admitted(file, false);
    if (next.getBundleId() == now.bundleId()) {
      throw new ConflictException(file + " is what driver " + ref + " uses already: " + now.version());
    }
    if (!next.getSymbolicName().equals(now.bundle())) {
      refuse(next);
      throw new InvalidException(file + " is bundle " + next.getSymbolicName() + ", and driver " + ref + " is of " + now.bundle()
          + ": another driver is installed beside it under a name of its own, and moves no data");
    }
    return handOver(ref, used, next, digest(next));
  }

  List<Promotion> rollback(DriverRef ref) throws IOException {
    Deployment d = lock.find(ref)
        .orElseThrow(() -> new ConflictException("driver " + ref + " is the shipped one: there is no build before it"));
    String before = d.previous()
        .orElseThrow(() -> new ConflictException("driver " + ref + " has no build before the one it has: " + d.digest()));
    Map<DriverRef, DriverState> used = inUse(); // before a bundle comes, which is at once in use where there was none
    Bundle next = before.equals(Deployment.SHIPPED) ? shippedBundle(ref) : bundles.bring(before, jars.read(before), rescan);
    return handOver(ref, used, next, before);
  }

  private Bundle shippedBundle(DriverRef ref) throws IOException {
    Optional<Bundle> there = drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref) && s.bundleId() != 0)
        .map(s -> bundles.byId(s.bundleId())).filter(b -> b != null && jars.digestAt(b.getLocation()).isEmpty() && !bundles.leaves(b))
        .findFirst();
    if (there.isPresent()) return there.get();
    String location = shipped.get(ref);
    if (location == null) throw new NotFoundException("the shipped bundle of driver " + ref + " is not there any more");
    return bundles.bringBack(location);
  }

  /**
   * Promotes all instances of a bundle; if one cannot be, those before it go back.
   *
   * @param used what was in use before the bundle came
   */
  private List<Promotion> handOver(DriverRef asked, Map<DriverRef, DriverState> used, Bundle next, String digest) throws IOException {
    DriverState now = used.get(asked);
    boolean other = now == null || now.bundleId() != next.getBundleId();
    List<DriverRef> refs = new ArrayList<>(Bundles.offered(next));
    if (!refs.contains(asked)) refs.addFirst(asked); // its promotion says what is missing
    Map<DriverRef, String> before = new HashMap<>();
    for (DriverRef ref : refs) if (used.containsKey(ref)) before.put(ref, digest(used.get(ref)));
    List<Promotion> done = new ArrayList<>();
    try {
      for (DriverRef ref : refs) done.add(drivers.promote(Scope.root(), ref, next.getBundleId()));
      record(refs, digest, before);
    } catch (IOException e) {
      back(done, now, e);
      if (other) leave(next, refs);
      jars.keepOnly(named());
      throw e;
    }
    if (now != null && other) leave(bundles.byId(now.bundleId()), refs);
    return List.copyOf(done);
  }

  private void back(List<Promotion> done, DriverState now, IOException reason) {
    for (Promotion p : done) {
      try {
        if (now != null) drivers.promote(Scope.root(), p.ref(), now.bundleId());
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }
  }

  /** A bundle that serves some driver stays: it was brought before. */
  private void refuse(Bundle next) {
    if (inUse().values().stream().noneMatch(s -> s.bundleId() == next.getBundleId())) bundles.takeOut(next);
    jars.keepOnly(named());
  }

  private void leave(Bundle old, List<DriverRef> refs) {
    if (old == null) return;
    if (jars.digestAt(old.getLocation()).isEmpty()) refs.forEach(r -> shipped.put(r, old.getLocation()));
    bundles.takeOut(old);
  }

  void remove(DriverRef ref) throws IOException {
    DriverState now = inUse().get(ref);
    if (now == null) throw new NotFoundException("driver " + ref + " has no bundle");
    Bundle b = bundles.byId(now.bundleId());
    List<DriverRef> refs = Bundles.offered(b);
    Map<DriverRef, String> before = new HashMap<>();
    for (DriverRef r : refs) before.put(r, digest(now));
    record(refs, Deployment.NONE, before);
    // After a restart the shipped one stands beside, and would come into use: those that are not in use go first.
    List<Bundle> all = drivers.list(Scope.root()).stream().filter(s -> refs.contains(s.ref()) && s.bundleId() != 0 && s.bundleId()
        != b.getBundleId())
        .map(s -> bundles.byId(s.bundleId())).distinct().toList();
    for (Bundle other : all) leave(other, refs);
    leave(b, refs);
  }

  /** The rows of the bundles in use; where none is, of one that was meant to be and failed. A dormant one is not in use. */
  private Map<DriverRef, DriverState> inUse() {
    List<State> order = List.of(State.ACTIVE, State.READY, State.FAILED, State.DRAINING);
    Comparator<DriverState> first = Comparator.comparingInt(s -> order.indexOf(s.state()));
    return drivers.list(Scope.root()).stream().filter(s -> order.contains(s.state()))
        .collect(Collectors.toMap(DriverState::ref, s -> s, BinaryOperator.minBy(first)));
  }

  private Bundle admitted(Path file, boolean fresh) throws IOException {
    String digest = jars.add(file);
    try {
      byte[] jar = jars.read(digest);
      String name = Admission.check(file.toString(), jar, bundles.all());
      if (fresh && Arrays.stream(bundles.all()).anyMatch(b -> name.equals(b.getSymbolicName()) && !Bundles.offered(b).stream()
          .allMatch(this::removed))) {
        throw new AlreadyExistsException("bundle " + name + " is installed already; use driver:update with the name of its driver");
      }
      return bundles.bring(digest, jar, rescan);
    } catch (IOException e) {
      jars.keepOnly(named());
      throw e;
    }
  }

  private String digest(Bundle b) {
    return jars.digestAt(b.getLocation()).orElseThrow(() -> new IllegalStateException(b.getLocation() + " is no stored jar"));
  }

  /** As drivers.lock has it: a bundle from elsewhere counts as shipped. */
  private String digest(DriverState s) {
    return Optional.ofNullable(bundles.byId(s.bundleId())).flatMap(b -> jars.digestAt(b.getLocation())).orElse(Deployment.SHIPPED);
  }

  private void record(List<DriverRef> refs, String digest, Map<DriverRef, String> before) throws IOException {
    lock.put(refs.stream().map(r -> new Deployment(r, digest, Optional.ofNullable(before.get(r)))).toList());
    for (DriverRef ref : refs) if (problems.remove(ref) != null) drivers.remark(Scope.root(), ref, "");
    jars.keepOnly(named());
  }

  private Set<String> named() {
    Set<String> all = new HashSet<>();
    for (Deployment d : lock.all()) {
      all.add(d.digest());
      d.previous().ifPresent(all::add);
    }
    return all;
  }
}
