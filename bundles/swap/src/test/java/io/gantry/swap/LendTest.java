package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.service.driver.DriverState;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** One call: its thread, its end, its errors. */
class LendTest extends InFramework {
  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeEach
  void start() throws Exception {
    osgi.start("store", Demo.jar("content", "v1").build());
    osgi.start("layer", Demo.jar("layer", "l1").build());
    Demo.BOARD.put("in gate", inside);
    Demo.BOARD.put("gate", release);
  }

  private List<DriverState> rows() {
    return osgi.drivers.list(Scope.root());
  }

  @Test
  void aCallRunsOnAThreadOfTheDriver() throws Exception {
    assertEquals("driver-content-local-1", ask(STORE, "thread"));
    assertEquals("true", ask(STORE, "loader"));
  }

  @Test
  void callsMayBeNested() throws Exception {
    String both = osgi.drivers.call(function(), LAYER, Scope.root(), l -> l.apply("thread") + " " + ask(STORE, "thread"));
    assertEquals("driver-layer-tar-1 driver-content-local-1", both);
  }

  @Test
  void anInterruptedCallerGoesAndItsCallStays() throws Exception {
    Thread caller = Thread.ofVirtual().unstarted(() -> {
      InterruptedIOException e = assertThrows(InterruptedIOException.class, () -> ask(STORE, "block gate"));
      Demo.BOARD.put("told", e.getMessage() + ", stays so: " + Thread.currentThread().isInterrupted());
    });
    caller.start();
    inside.await();
    caller.interrupt();
    caller.join();
    assertTrue(Demo.BOARD.get("told").toString().contains("interrupted during a call of driver content/local"), Demo.BOARD.toString());
    assertTrue(Demo.BOARD.get("told").toString().endsWith("stays so: true"), Demo.BOARD.toString());
    assertEquals(1, rows().get(0).borrows());
    release.countDown();
    until(() -> rows().get(0).borrows() == 0);
  }

  @Test
  void noCallBeginsInterrupted() throws Exception {
    for (int i = 0; i < 100; i++) { // a thread that is used again is one that has been
      assertEquals("", ask(STORE, "interrupt"));
      assertEquals("false", ask(STORE, "interrupted"));
    }
  }

  @Test
  void severalAreBorrowedInOneStep() throws Exception {
    String both = osgi.drivers.callAll(List.of(STORE, LAYER), Scope.root(), all -> {
      assertEquals(List.of(1, 1), rows().stream().map(DriverState::borrows).toList());
      return function().cast(all.get(0).driver()).apply("version") + function().cast(all.get(1).driver()).apply("version");
    });
    assertEquals("v1l1", both);
  }

  @Test
  void whatADriverDoesNotOfferIsUnsupported() {
    UnsupportedException e = assertThrows(
        UnsupportedException.class, () -> osgi.drivers.call(Predicate.class, STORE, Scope.root(), p -> p.hashCode()));
    assertTrue(e.getMessage().contains("does not offer Predicate"), e.getMessage());
  }

  @Test
  void exceptionsOfTheDriverBecomeOursWithTheirText() {
    IOException e = assertThrows(IOException.class, () -> ask(STORE, "throw"));
    assertEquals(IOException.class, e.getClass());
    assertTrue(e.getMessage().contains("failed: demo.Demo$Mine: mine v1"), e.getMessage());
    assertEquals("demo.Demo", e.getStackTrace()[0].getClassName());
    assertEquals("below", assertInstanceOf(UncheckedIOException.class, e.getCause()).getCause().getMessage());
    IOException error = assertThrows(IOException.class, () -> ask(STORE, "link"));
    assertTrue(error.getMessage().contains("java.lang.NoClassDefFoundError: demo/Gone"), error.getMessage());
  }

  @Test
  void exceptionsOfTheJdkKeepTheirType() {
    assertEquals("of the JDK", assertThrows(NullPointerException.class, () -> ask(STORE, "npe")).getMessage());
    UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> ask(STORE, "plain"));
    assertEquals("end", assertInstanceOf(EOFException.class, e.getCause()).getMessage());
  }

  @Test
  void theHandOffToAWorkerIsCheap() throws Exception {
    for (int i = 0; i < 10_000; i++) ask(STORE, "version");
    int rounds = 10_000;
    long begin = System.nanoTime();
    for (int i = 0; i < rounds; i++) ask(STORE, "version");
    long each = (System.nanoTime() - begin) / rounds;
    System.out.println("a call costs " + each + " ns");
    assertTrue(each < 2_000_000, "far beyond what a busy machine explains: " + each + " ns");
  }

  @Test
  void ofGivesTheOrderOfTheConfiguration() throws Exception {
    assertEquals(List.of(STORE), osgi.drivers.of(Scope.root(), "content"));
    osgi.configure("content.demo~a", Map.of("gantry.name", "a"));
    osgi.configure("content.demo~z", Map.of("gantry.name", "z", "gantry.order", "1"));
    until(() -> osgi.drivers.of(Scope.root(), "content").size() == 3);
    assertEquals(List.of("content/z", "content/a", "content/local"), osgi.drivers.of(Scope.root(), "content").stream().map(Object::toString)
        .toList());
    assertFalse(osgi.drivers.of(Scope.root(), "resolver").iterator().hasNext());
  }

  @Test
  void stallsAreCounted() throws Exception {
    assertEquals("v1", ask(STORE, "version"));
    osgi.stalls.reset(Scope.root());
    assertEquals("v1", ask(STORE, "version"));
    assertEquals(0, osgi.stalls.summary(Scope.root()).count());
    Future<String> call = callers.submit(() -> ask(STORE, "block gate"));
    inside.await();
    Bundle two = osgi.start("two", Demo.jar("content", "v2").build());
    Future<?> promotion = callers.submit(() -> osgi.drivers.promote(Scope.root(), STORE, two.getBundleId()));
    until(() -> rows().get(0).state() == DriverState.State.DRAINING);
    Future<String> waiting = waiting(STORE, "version");
    Thread.sleep(20); // at least so long is its stall
    release.countDown();
    assertEquals("v2", waiting.get());
    promotion.get();
    call.get();
    assertEquals(1, osgi.stalls.summary(Scope.root()).count());
    assertTrue(osgi.stalls.summary(Scope.root()).longest().compareTo(Duration.ofMillis(1)) > 0, osgi.stalls.summary(Scope.root())
        .toString());
  }
}
