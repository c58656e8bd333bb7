package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** What a client is told of a failure: never the name of a class. */
class StatusesTest {
  private static void told(String expected, Exception e) {
    Status s = Statuses.of(e).getStatus();
    assertEquals(expected, s.getCode() + " " + s.getDescription());
  }

  @Test
  void filesAreToldInWords() {
    Path none = Path.of("/nowhere/none");
    told("NOT_FOUND file '/nowhere/none' is not there: not found", assertThrows(IOException.class, () -> Files.size(none)));
  }

  @Test
  void whatHasNoWordsIsForTheLog() {
    told("INTERNAL " + Statuses.UNTOLD, assertThrows(NullPointerException.class, () -> List.of(none())));
    told("INTERNAL " + Statuses.UNTOLD, new ExecutionException(new OutOfMemoryError("Java heap space")));
    told("INTERNAL " + Statuses.UNTOLD, new UncheckedIOException(new IOException("x")));
    told("INTERNAL " + Statuses.UNTOLD, new IOException());
  }

  private static Object none() {
    return null;
  }

  @Test
  void namesOfClassesAreLeftOut() {
    told("INTERNAL driver layer/tar (7) failed: open '/nope2': no such file or directory",
        new IOException("driver layer/tar (7) failed: io.gantry.linux.ErrnoException: open '/nope2': no such file or directory"));
    told("INTERNAL writing failed: no space left", new IOException("writing failed: " + new IOException("no space left")));
    told("UNAVAILABLE away: some.driver: unavailable",
        new UnavailableException("away: " + new IllegalStateException("some.driver"), Duration.ZERO, null));
    told("INVALID_ARGUMENT No enum constant : invalid argument", new IllegalArgumentException("No enum constant io.gantry.spi.SnapKind.X"));
    String ours = "a stream begins with a containerd.types.transfer.StreamInit, image docker.io/Library/x:1.E";
    told("INVALID_ARGUMENT " + ours + ": invalid argument", new InvalidException(ours));
  }

  /** A text that a client chose, which would take a careless pattern hours or the whole stack. */
  @Test
  void aHostileTextIsCutFirst() {
    String said = "a.".repeat(4 << 20);
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> told("INVALID_ARGUMENT " + said.substring(0, 4096) + "…: invalid argument",
        new InvalidException(said)));
  }
}
