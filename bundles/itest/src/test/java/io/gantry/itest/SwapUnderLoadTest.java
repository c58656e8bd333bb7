package io.gantry.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.gantry.api.Scope;
import io.gantry.kit.story.SecondBuild;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Stalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.experimental.categories.Category;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/**
 * Every driver is replaced while an image is pulled again and again and containers run. Rounds: {@code -Dgantry.swap.rounds=167}; the seed
 * of the pauses in between: {@code -Dgantry.seed=7}.
 */
@Category(Story.class)
@RunWith(Story.class)
@ExamReactorStrategy(PerClass.class)
public class SwapUnderLoadTest {
  private static final int ROUNDS = Integer.getInteger("gantry.swap.rounds", 20);
  private static final long SEED = Long.getLong("gantry.seed", System.nanoTime() % 100_000);
  private static final int LONGEST_PAUSE_MILLIS = 200;
  private static final double READ_AGAIN = 1.02;
  private static final Duration AWAY = Duration.ofMillis(500);

  @Inject private BundleContext context;

  @Configuration
  public Option[] product() throws IOException {
    return Product.options();
  }

  @Test
  public void everyDriverIsReplacedAgainAndAgain() throws Exception {
    System.out.println("rounds " + ROUNDS + ", seed " + SEED);
    try (World world = World.make(context)) {
      Builds builds = new Builds(context, world);
      Tree undisturbed = world.pullAfresh();
      world.useContainers();
      world.forget();
      Footprint before = footprint();
      Load load = Load.start(world, undisturbed);
      world.get(Stalls.class).reset(Scope.root());
      long start = System.nanoTime();
      try (load) {
        Random pauses = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
          for (DriverRef ref : Builds.DRIVERS) {
            LockSupport.parkNanos(Duration.ofMillis(pauses.nextInt(LONGEST_PAUSE_MILLIS)).toNanos());
            builds.replace(ref);
            load.check();
          }
        }
        load.more();
        load.end();
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println(report(world, builds, load, took));
      assertTrue("bytes read from bodies: " + world.readAgain() + " x needed", world.readAgain() <= READ_AGAIN);
      assertEquals("calls that were given up", 0, builds.forced());
      world.pullAfresh().mustEqual(undisturbed);
      world.useContainers();
      world.forget();
      mustHaveLeftNothing(builds, before);
      load.mustHaveKeptAll();
    }
  }

  /** A bad successor, the way back, and a stop as {@code felix:stop} does it; of every driver. */
  @Test
  public void badBuildsAreRefusedOthersGoBackOrAreStoppedByHand() throws Exception {
    try (World world = World.make(context)) {
      Builds builds = new Builds(context, world);
      Tree undisturbed = world.pullAfresh();
      Load load = Load.start(world, undisturbed);
      try (load) {
        for (DriverRef ref : Builds.DRIVERS) {
          refuseBad(builds, ref);
          load.check();
          goBack(builds, ref);
          load.check();
          stopByHand(builds, ref);
          load.check();
        }
        load.more();
        load.end();
      }
      assertEquals("calls that were given up", 0, builds.forced());
      load.mustHaveKeptAll();
    }
  }

  private static void refuseBad(Builds builds, DriverRef ref) throws IOException {
    refused(builds, ref, builds.next(ref).importing("com.example.nobody;version=\"[9,10)\""), "com.example.nobody");
    refused(builds, ref, builds.next(ref).wanting("io.gantry.api", "[99,100)"), "io.gantry.api");
    refused(builds, ref, builds.next(ref).failing("this build cannot work here"), "this build cannot work here");
  }

  /** The build in use is the same after it. */
  private static void refused(Builds builds, DriverRef ref, SecondBuild bad, String why) throws IOException {
    long before = builds.state(ref).bundleId();
    Path jar = builds.write(bad);
    long start = System.nanoTime();
    IOException e = assertThrows(IOException.class, () -> builds.update(ref, jar));
    System.out.printf("%s: a bad build was refused after %d ms: %s%n", ref, (System.nanoTime() - start) / 1_000_000, e.getMessage());
    Files.delete(jar);
    assertTrue(ref + " refused by: " + e, e.getMessage().contains(why));
    assertEquals("bundle of " + ref, before, builds.state(ref).bundleId());
    assertEquals("bundles of each driver", Builds.ONE_EACH, builds.bundles());
  }

  private static void goBack(Builds builds, DriverRef ref) throws IOException {
    String before = builds.state(ref).version();
    builds.replace(ref);
    builds.rollBack(ref);
    assertEquals("version of " + ref, before, builds.state(ref).version());
  }

  private static void stopByHand(Builds builds, DriverRef ref) throws BundleException {
    Bundle bundle = builds.bundle(ref);
    long start = System.nanoTime();
    bundle.stop();
    System.out.printf("%s: its bundle was stopped by hand after %d ms%n", ref, (System.nanoTime() - start) / 1_000_000);
    LockSupport.parkNanos(AWAY.toNanos());
    bundle.start();
  }

  private static String report(World world, Builds builds, Load load, Duration took) throws InterruptedException {
    StringBuilder s = new StringBuilder("\n").append(ROUNDS * Builds.DRIVERS.size()).append(" replacements in ").append(took.toSeconds())
        .append(" s, failed: none; bytes of bodies ").append(String.format("%.4f x needed", world.readAgain())).append("\n\n")
        .append(Times.HEAD).append('\n');
    builds.gaps().forEach((ref, times) -> s.append(times.row("hand-over " + ref.kind())).append('\n'));
    Stalls stalls = world.get(Stalls.class);
    for (String kind : Builds.DRIVERS.stream().map(DriverRef::kind).toList()) {
      s.append(row("waits for " + kind, stalls.summary(Scope.root(), kind)));
    }
    s.append(row("waits, all", stalls.summary(Scope.root())));
    for (Loop l : load.loops()) s.append(l.times().row(l.name())).append('\n');
    return s.toString();
  }

  private static String row(String name, Stalls.Summary of) {
    return Times.row(name, of.count(), of.p50().toNanos(), of.p90().toNanos(), of.p99().toNanos(), of.longest().toNanos()) + "\n";
  }

  private Footprint footprint() throws IOException {
    return Footprint.now(Path.of(context.getProperty("gantry.root")).getParent());
  }

  private void mustHaveLeftNothing(Builds builds, Footprint before) throws IOException, InterruptedException {
    assertEquals("bundles of each driver", Builds.ONE_EACH, builds.bundles());
    Map<DriverRef, Long> staying = builds.staying();
    assertEquals("class loaders of builds that went" + builds.whoHolds(staying), Map.of(), staying);
    Footprint now = footprint();
    for (long end = System.nanoTime() + Duration.ofSeconds(45).toNanos(); !now.within(before) && System.nanoTime() < end; ) {
      Thread.sleep(500);
      System.gc();
      now = footprint();
    }
    System.out.println("before: " + before + "; after: " + now);
    assertTrue(now.over(before), now.within(before));
  }
}
