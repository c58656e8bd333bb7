package io.gantry.oci.cleanup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeftoversTest {
  private static final Scope SCOPE = Scope.root().withNamespace("k8s.io");
  private static final Duration FIRST = Duration.ofMillis(5);
  private static final int SECONDS = 20;
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private Leftovers left = leftovers(Duration.ofHours(1));

  /** @param late how long what was asked for may take until it is there */
  private Leftovers leftovers(Duration late) {
    return new Leftovers("left", "stays", line -> told.add("warn: " + line), line -> told.add("info: " + line), FIRST, late);
  }

  @AfterEach
  void close() {
    left.close();
  }

  private String told() throws InterruptedException {
    return told.poll(SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void whatGoesAtOnceIsNotKept() throws Exception {
    var runs = new AtomicInteger();
    left.run(SCOPE, "a", last -> runs.incrementAndGet());
    var seen = new CountDownLatch(1);
    left.later(SCOPE, "c", last -> seen.countDown());
    assertTrue(seen.await(SECONDS, TimeUnit.SECONDS));
    assertEquals(1, runs.get());
    assertEquals(List.of(), List.copyOf(told));
  }

  @Test
  void whatFailsIsThrownAndTriedUntilItIsGone() throws Exception {
    var tries = new AtomicInteger();
    var away = new NotFoundException("there is no driver metadata/mapdb");
    CleanUp.Work work = last -> {
      if (tries.incrementAndGet() < 5) throw away;
    };
    assertSame(away, assertThrows(IOException.class, () -> left.run(SCOPE, "mount m", work)));
    assertEquals("warn: mount m stays, and is tried again until it is gone: there is no driver metadata/mapdb", told());
    assertEquals("info: mount m, which stayed, is gone", told());
    assertEquals(5, tries.get());
    assertEquals(List.of(), List.copyOf(told), "each once");
  }

  @Test
  void oneThatStaysKeepsNoOther() throws Exception {
    var gone = new CountDownLatch(2);
    var why = new IOException("why");
    var bug = new IllegalStateException("bug");
    var first = new AtomicInteger();
    left.after(why, SCOPE, "a", last -> {
      throw bug;
    });
    assertSame(bug, why.getSuppressed()[0]);
    left.after(why, SCOPE, "b", last -> {
      if (first.incrementAndGet() == 1) throw new IOException("busy");
      gone.countDown();
    });
    left.later(SCOPE, "c", last -> gone.countDown());
    assertTrue(gone.await(SECONDS, TimeUnit.SECONDS));
  }

  /** A thread ends with the last thing, and the next one has another. */
  @Test
  void whatComesAfterwardsGoesToo() throws Exception {
    for (int i = 0; i < 20; i++) {
      var gone = new CountDownLatch(1);
      left.later(SCOPE, "a", last -> gone.countDown());
      assertTrue(gone.await(SECONDS, TimeUnit.SECONDS));
    }
  }

  /** A call that was left made it after it was looked for. */
  @Test
  void whatMayComeIsLookedForAgain() throws Exception {
    var there = new AtomicBoolean();
    var gone = new CountDownLatch(1);
    left.laterThoughItMayCome(SCOPE, "a", last -> {
      if (there.getAndSet(true)) gone.countDown(); // it came just after the first look
    });
    assertTrue(gone.await(SECONDS, TimeUnit.SECONDS));
    assertEquals(List.of(), List.copyOf(told));
  }

  /** That it is looked for no more is told only of what was told to stay, so it fails first. */
  @Test
  void whatMayComeIsNotLookedForForEver() throws Exception {
    left = leftovers(Duration.ofMillis(50));
    var looks = new AtomicInteger();
    left.laterThoughItMayCome(SCOPE, "a", last -> {
      if (looks.incrementAndGet() == 1) throw new IOException("busy");
    });
    assertEquals("warn: a stays, and is tried again until it is gone: busy", told());
    assertEquals("info: a, which stayed, is gone", told());
  }

  /** The caller's time may be up, and it may have been interrupted. */
  @Test
  void aTryHasTimeOfItsOwn() throws Exception {
    var deadlines = new LinkedBlockingQueue<Instant>();
    Scope late = SCOPE.within(Duration.ofSeconds(-1));
    assertThrows(IOException.class, () -> left.run(late, "a", last -> {
      deadlines.add(last.deadline());
      if (deadlines.size() == 1) throw new IOException("busy");
    }));
    assertEquals(Instant.MAX, deadlines.poll(SECONDS, TimeUnit.SECONDS));
    assertTrue(deadlines.poll(SECONDS, TimeUnit.SECONDS).isAfter(Instant.now().plusSeconds(60)));
  }

  @Test
  void nothingIsTriedAfterTheEnd() throws Exception {
    var tries = new AtomicInteger();
    CleanUp.Work work = last -> {
      tries.incrementAndGet();
      throw new IOException("busy");
    };
    assertThrows(IOException.class, () -> left.run(SCOPE, "a", work));
    assertEquals("warn: a stays, and is tried again until it is gone: busy", told());
    left.close();
    assertEquals("warn: a could not be taken away until now, and stays", told());
    left.later(SCOPE, "b", work);
    assertEquals("warn: b could not be taken away until now, and stays", told());
    int then = tries.get();
    assertFalse(new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS));
    assertTrue(tries.get() <= then + 1, "one may have been at work");
  }
}
