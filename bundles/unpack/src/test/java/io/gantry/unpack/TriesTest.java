package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.service.driver.Loan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class TriesTest {
  private final List<String> discarded = new ArrayList<>();
  private final Tries tries = new Tries(discarded::add);

  /** A driver that somebody wants back. */
  private static final class Wanted implements Loan {
    private Runnable wake;

    @Override
    public boolean cut() {
      return wake == null;
    }

    @Override
    public void onCut(Runnable run) {
      wake = run;
    }

    void back() {
      wake.run();
    }
  }

  private static final class Blob extends ByteArrayInputStream {
    private boolean closed;

    Blob() {
      super(new byte[1]);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void aCutClosesWhatIsRead() throws IOException {
    Wanted loan = new Wanted();
    int first = tries.begin(loan);
    Blob blob = new Blob();
    tries.reads(first, blob);
    assertFalse(tries.wereCut());
    loan.back();
    assertTrue(blob.closed);
    assertTrue(tries.wereCut());
  }

  @Test
  void aTryThatWasGivenUpLeavesNothing() throws IOException {
    Wanted old = new Wanted();
    int first = tries.begin(old);
    int second = tries.begin(new Wanted());
    Blob blob = new Blob();
    tries.reads(second, blob);
    old.back();
    assertFalse(blob.closed, "a late cut of the first is none of the second");
    InputStream late = new Blob();
    assertThrows(IOException.class, () -> tries.reads(first, late));
    assertFalse(tries.done(first, "extract-1"), "it is to take its snapshot away itself");
    assertTrue(tries.done(second, "extract-2"));
    assertEquals(List.of(), discarded);
  }

  @Test
  void whatWasDoneUnheardIsTakenAway() throws IOException {
    int first = tries.begin(new Wanted());
    assertTrue(tries.done(first, "extract-1"));
    tries.begin(new Wanted());
    assertEquals(List.of("extract-1"), discarded);
  }

  @Test
  void nothingIsLeftOfATryThatEndsAfterAllWasGivenUp() throws IOException {
    int first = tries.begin(new Wanted());
    Blob blob = new Blob();
    tries.reads(first, blob);
    assertFalse(tries.giveUp(Duration.ZERO), "the first is at work");
    assertTrue(blob.closed);
    assertFalse(tries.done(first, "extract-1"));
    assertThrows(IOException.class, () -> tries.begin(new Wanted()), "one that comes late makes nothing");
  }

  @Test
  void whoGivesUpWaitsForTheEnd() throws Exception {
    int first = tries.begin(new Wanted());
    tries.reads(first, new Blob());
    var waiting = new FutureTask<>(() -> tries.giveUp(Duration.ofSeconds(20)));
    Thread.ofVirtual().start(waiting);
    assertThrows(TimeoutException.class, () -> waiting.get(100, TimeUnit.MILLISECONDS));
    tries.ended();
    assertTrue(waiting.get(10, TimeUnit.SECONDS));
    assertTrue(tries.giveUp(Duration.ZERO));
  }
}
