package io.gantry.itest;

import io.gantry.api.Scope;
import io.gantry.kit.story.SecondBuild;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;

/** Makes other builds of drivers, puts them in use, and remembers the class loaders of those that went. */
final class Builds {
  /** How long threads of a build that went may take to end on a busy machine. */
  private static final Duration SETTLES = Duration.ofSeconds(30);
  static final List<DriverRef> DRIVERS = List.of("content/local", "metadata/mapdb", "snapshot/overlayfs", "layer/tar", "resolver/docker",
      "runtime/io.containerd.runc.v2").stream().map(DriverRef::of).toList();

  static final Map<DriverRef, Long> ONE_EACH = DRIVERS.stream().collect(Collectors.toMap(r -> r, r -> 1L));

  private final BundleContext context;
  private final Drivers drivers;
  private final Deployments deployments;
  private final Path folder;
  private final Map<DriverRef, List<WeakReference<ClassLoader>>> gone = new LinkedHashMap<>();
  private final Map<DriverRef, Times> gaps = new LinkedHashMap<>();
  private int number;
  private int forced;

  Builds(BundleContext context, World world) throws IOException, InterruptedException {
    this.context = context;
    this.drivers = world.get(Drivers.class);
    this.deployments = world.get(Deployments.class);
    this.folder = Files.createDirectories(Path.of(context.getProperty("gantry.root")).resolveSibling("builds"));
  }

  /** Another build of a driver, which is not in use yet. */
  SecondBuild next(DriverRef ref) throws IOException {
    String name = state(ref).bundle().replace("io.gantry.", "");
    Path bundles = Path.of(context.getProperty("gantry.home"), "bundles");
    try (var jars = Files.newDirectoryStream(bundles, name + "-*.jar")) {
      return SecondBuild.of(jars.iterator().next(), "build" + ++number);
    }
  }

  Path write(SecondBuild build) throws IOException {
    return build.into(folder);
  }

  void replace(DriverRef ref) throws IOException {
    Path jar = write(next(ref));
    note(ref, () -> deployments.update(World.SCOPE, ref, jar));
    Files.delete(jar);
  }

  void update(DriverRef ref, Path jar) throws IOException {
    deployments.update(World.SCOPE, ref, jar);
  }

  void rollBack(DriverRef ref) throws IOException {
    note(ref, () -> deployments.rollback(World.SCOPE, ref));
  }

  /** What puts another build in use. */
  @FunctionalInterface
  private interface Change {
    List<Promotion> make() throws IOException;
  }

  private void note(DriverRef ref, Change change) throws IOException {
    var before = new WeakReference<>(bundle(ref).adapt(BundleWiring.class).getClassLoader());
    for (Promotion p : change.make()) {
      forced += p.forced();
      if (p.ref().equals(ref)) gaps.computeIfAbsent(ref, r -> new Times()).add(p.gap().toNanos());
    }
    gone.computeIfAbsent(ref, r -> new ArrayList<>()).add(before);
  }

  /** The row of the build that is in use. */
  DriverState state(DriverRef ref) {
    List<DriverState> rows = drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref)).toList();
    return rows.stream().filter(s -> s.state() == DriverState.State.ACTIVE || s.state() == DriverState.State.READY).findFirst()
        .orElseThrow(() -> new AssertionError("driver " + ref + " is not in use: " + rows));
  }

  Bundle bundle(DriverRef ref) {
    return context.getBundle(state(ref).bundleId());
  }

  Map<DriverRef, Times> gaps() {
    return gaps;
  }

  int forced() {
    return forced;
  }

  /** Loaders of builds that went and are still in the heap after a collection, for each driver that has such. */
  Map<DriverRef, Long> staying() throws InterruptedException {
    Map<DriverRef, Long> staying = new TreeMap<>();
    long end = System.nanoTime() + SETTLES.toNanos();
    do {
      System.gc();
      staying.clear();
      gone.forEach((ref, loaders) -> staying.put(ref, loaders.stream().filter(w -> w.get() != null).count()));
      staying.values().removeIf(n -> n == 0);
      if (staying.isEmpty()) return staying;
      Thread.sleep(200);
    } while (System.nanoTime() < end);
    return staying;
  }

  /** Who may hold those that stay. */
  String whoHolds(Map<DriverRef, Long> staying) {
    if (staying.isEmpty()) return "";
    List<WeakReference<ClassLoader>> loaders = staying.keySet().stream().flatMap(r -> gone.get(r).stream()).toList();
    List<String> packages = Stream.concat(Stream.of("io.gantry.unpack."), staying.keySet().stream().map(r -> state(r).bundle() + "."))
        .toList();
    return Evidence.of(loaders, packages);
  }

  /** Bundles of each driver, which is one where all that went are out. */
  Map<DriverRef, Long> bundles() {
    Map<DriverRef, Long> all = new TreeMap<>();
    for (DriverRef ref : DRIVERS) {
      String name = state(ref).bundle();
      all.put(ref, Arrays.stream(context.getBundles()).filter(b -> name.equals(b.getSymbolicName())).count());
    }
    return all;
  }
}
