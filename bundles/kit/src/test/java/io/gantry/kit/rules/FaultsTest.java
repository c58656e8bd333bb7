package io.gantry.kit.rules;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.kit.Contract;
import io.gantry.kit.Subject;
import io.gantry.kit.fault.Faults;
import io.gantry.kit.fault.FaultyContent;
import io.gantry.kit.fault.FaultyMetadata;
import io.gantry.kit.fault.FaultySink;
import io.gantry.kit.fault.FaultySnapshots;
import io.gantry.kit.fault.FaultyStreams;
import io.gantry.kit.fault.Leaks;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.layer.Name;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class FaultsTest {
  @TempDir Path temp;
  private final Faults faults = new Faults();

  /** A class, so that it can also be made in a JVM that is killed. */
  static final class Awkward implements Subject<ContentStore> {
    @Override
    public ContentStore open(Path root) throws Exception {
      return new FaultyContent(new PlainContent(root), new Faults().shortReads(4001).shortWrites(1009).again(2));
    }
  }

  /** Short reads and writes and "again" are no breach: all rules hold. */
  @TestFactory
  Stream<DynamicTest> awkwardStoreKeepsTheRules() {
    return Stream.of(new ContentContract(), new IngestContract()).flatMap(c -> Rules.of((Contract<ContentStore>) c,
        new Awkward()));
  }

  @TestFactory
  Stream<DynamicTest> hesitantSnapshotsKeepTheRules() {
    return Rules.of(new SnapshotContract(), root -> new FaultySnapshots(new PlainSnapshots(root), new Faults().again(1)));
  }

  private IngestKey begin(FaultyContent c, String ref) throws Exception {
    return c.begin(new IngestSpec(ref, Optional.empty(), OptionalLong.empty(), 1)).key();
  }

  @Test
  void theToldWriteFailsAndNoOther() throws Exception {
    var c = new FaultyContent(new PlainContent(temp), faults);
    IngestKey k = begin(c, "r");
    faults.failWrite(2);
    c.append(k, 0, ByteBuffer.wrap(new byte[10]));
    assertThrows(ExhaustedException.class, () -> c.append(k, 10, ByteBuffer.wrap(new byte[10])));
    assertEquals(10, c.status("r").orElseThrow().offset());
    faults.tearingWrites().failWrite(1);
    assertThrows(ExhaustedException.class, () -> c.append(k, 10, ByteBuffer.wrap(new byte[10])));
    assertEquals(15, c.status("r").orElseThrow().offset());
    faults.heal().failWritesFrom(1);
    for (int i = 0; i < 3; i++) assertThrows(ExhaustedException.class, () -> c.append(k, 15, ByteBuffer.wrap(new byte[10])));
    faults.heal();
    assertEquals(25, c.append(k, 15, ByteBuffer.wrap(new byte[10])));
    assertEquals(List.of("r"), c.held());
    c.release(k);
    assertEquals(List.of(), c.held());
  }

  @Test
  void commitFailsBeforeOrAfterItWasCarriedOut() throws Exception {
    var m = new FaultyMetadata(new PlainMetadata(temp), faults);
    faults.failWrite(1);
    assertThrows(ExhaustedException.class, () -> m.commit(MetadataContract.pair(1)));
    assertEquals(0, MetadataContract.halves(m, 1));
    faults.tearingWrites().failWrite(1);
    assertThrows(ExhaustedException.class, () -> m.commit(MetadataContract.pair(1)));
    assertEquals(2, MetadataContract.halves(m, 1));
    m.close();
  }

  @Test
  void sinkAndStreamsFailAndReadShort() throws Exception {
    var recording = new RecordingSink();
    var sink = new FaultySink(recording, faults.failWrite(2));
    sink.whiteout(Name.of("a"));
    assertThrows(ExhaustedException.class, () -> sink.whiteout(Name.of("b")));
    assertEquals(List.of("WHITEOUT a"), recording.lines());
    faults.heal().shortReads(3);
    assertEquals(3, FaultyStreams.in(new ByteArrayInputStream(new byte[10]), faults).read(new byte[10]));
    var out = new ByteArrayOutputStream();
    faults.tearingWrites().failWrite(1);
    assertThrows(ExhaustedException.class, () -> FaultyStreams.out(out, faults).write(new byte[] {1, 2, 3, 4}));
    assertArrayEquals(new byte[] {1, 2}, out.toByteArray());
  }

  @Test
  void closeWaitsAsTold() throws Exception {
    var latch = new CountDownLatch(1);
    faults.closeWaitsFor(latch);
    try (var thread = Executors.newSingleThreadExecutor()) {
      var closing = thread.submit(() -> {
        FaultyStreams.in(InputStream.nullInputStream(), faults).close();
        return true;
      });
      assertThrows(TimeoutException.class, () -> closing.get(50, TimeUnit.MILLISECONDS));
      latch.countDown();
      assertTrue(closing.get());
    }
  }

  @Test
  void leaksSayWhereTheyWereOpened() throws Exception {
    var leaks = new Leaks();
    InputStream in = leaks.watch(InputStream.nullInputStream(), "a body");
    AssertionError e = assertThrows(AssertionError.class, leaks::none);
    assertEquals("1 not closed: [a body was opened here]", e.getMessage());
    assertFalse(e.getSuppressed()[0].getStackTrace().length == 0);
    in.close();
    leaks.none();
  }
}
