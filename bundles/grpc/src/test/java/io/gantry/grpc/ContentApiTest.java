package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Table.Change;
import io.gantry.wire.content.AbortRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.DeleteContentRequest;
import io.gantry.wire.content.Info;
import io.gantry.wire.content.InfoRequest;
import io.gantry.wire.content.ListContentRequest;
import io.gantry.wire.content.ListStatusesRequest;
import io.gantry.wire.content.ReadContentRequest;
import io.gantry.wire.content.StatusRequest;
import io.gantry.wire.content.UpdateRequest;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentResponse;
import io.gantry.wire.leases.DeleteRequest;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListResourcesRequest;
import io.gantry.wire.leases.Resource;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ContentApiTest {
  @TempDir Path root;
  private Engine engine;
  private ContentGrpc.ContentBlockingStub content;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
    content = Engine.in("default", ContentGrpc.newBlockingStub(engine.channel));
  }

  @AfterEach
  void close() throws IOException {
    engine.close();
  }

  private WriteCall write() {
    return new WriteCall(Engine.in("default", ContentGrpc.newStub(engine.channel)));
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String digest(byte[] bytes) throws NoSuchAlgorithmException {
    return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static Status failure(Executable call) {
    return assertThrows(StatusRuntimeException.class, call).getStatus();
  }

  private String blob(byte[] bytes) throws Exception {
    WriteCall w = write();
    w.say(WriteCall.message(WriteAction.STAT, "w"));
    w.say(WriteCall.data(0, bytes));
    WriteContentResponse done = w.say(WriteCall.message(WriteAction.COMMIT, "w").setOffset(bytes.length).setTotal(bytes.length)
        .setExpected(digest(bytes)).putLabels("a", "b"));
    assertTrue(w.ends());
    assertEquals(digest(bytes), done.getDigest());
    return done.getDigest();
  }

  private byte[] read(String digest, long offset, long size) {
    var all = new ByteArrayOutputStream();
    content.read(ReadContentRequest.newBuilder().setDigest(digest).setOffset(offset).setSize(size).build()).forEachRemaining(part -> {
      assertEquals(offset + all.size(), part.getOffset());
      all.writeBytes(part.getData().toByteArray());
    });
    return all.toByteArray();
  }

  private StatusRequest ref(String ref) {
    return StatusRequest.newBuilder().setRef(ref).build();
  }

  @Test
  void aBlobIsWrittenInLockStepAndRead() throws Exception {
    byte[] bytes = random(3_500_000, 1);
    WriteCall w = write();
    WriteContentResponse stat = w.say(WriteCall.message(WriteAction.STAT, "layer").setTotal(bytes.length).setExpected(digest(bytes)));
    assertEquals(0, stat.getOffset());
    assertEquals(bytes.length, stat.getTotal());
    assertTrue(stat.getStartedAt().getSeconds() > 0);
    WriteContentResponse half = w.say(WriteCall.data(0, java.util.Arrays.copyOf(bytes, 2_000_000)));
    assertEquals(2_000_000, half.getOffset());
    assertEquals(digest(java.util.Arrays.copyOf(bytes, 2_000_000)), half.getDigest());
    w.say(WriteCall.data(2_000_000, java.util.Arrays.copyOfRange(bytes, 2_000_000, bytes.length)));
    w.say(WriteCall.message(WriteAction.COMMIT, "layer").setOffset(bytes.length).putLabels("k", "v"));
    assertTrue(w.ends(), "COMMIT ends the stream");
    assertArrayEquals(bytes, read(digest(bytes), 0, 0));
    assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 1_000_001, 2_500_001), read(digest(bytes), 1_000_001, 1_500_000));
    assertEquals(0, read(digest(bytes), bytes.length, 0).length);
    Info info = content.info(InfoRequest.newBuilder().setDigest(digest(bytes)).build()).getInfo();
    assertEquals(bytes.length, info.getSize());
    assertEquals(Map.of("k", "v"), info.getLabelsMap());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.status(ref("layer"))).getCode());
  }

  /** As clients read that have a buffer of their own; two at once, one of them by odd sizes. */
  @Test
  void aBlobIsReadPieceByPiece() throws Exception {
    byte[] bytes = random(2_000_000, 7);
    String digest = blob(bytes);
    Random sizes = new Random(8);
    int other = 0;
    for (int at = 0; at < bytes.length; at += 32 << 10) {
      int n = Math.min(32 << 10, bytes.length - at);
      assertArrayEquals(java.util.Arrays.copyOfRange(bytes, at, at + n), read(digest, at, 32 << 10), "at " + at);
      int odd = Math.min(1 + sizes.nextInt(60_000), bytes.length - other);
      assertArrayEquals(java.util.Arrays.copyOfRange(bytes, other, other + odd), read(digest, other, odd), "odd at " + other);
      other += odd;
    }
    assertEquals(0, read(digest, bytes.length, 32 << 10).length);
    assertEquals(Status.Code.OUT_OF_RANGE, failure(() -> read(digest, bytes.length + 1, 32 << 10)).getCode());
  }

  /** What was read ahead for one is nobody else's, and nothing any more once the blob is removed. */
  @Test
  void whatWasReadAheadIsForWhoMayReadIt() throws Exception {
    String digest = blob(random(1_000_000, 9));
    for (int at = 0; at < 5; at++) read(digest, at * 1000L, 1000);
    var next = ReadContentRequest.newBuilder().setDigest(digest).setOffset(5000).setSize(1000).build();
    var elsewhere = Engine.in("other", ContentGrpc.newBlockingStub(engine.channel));
    assertEquals(Status.Code.NOT_FOUND, failure(() -> elsewhere.read(next).hasNext()).getCode());
    var nowhere = ContentGrpc.newBlockingStub(engine.channel);
    assertEquals(Status.Code.FAILED_PRECONDITION, failure(() -> nowhere.read(next).hasNext()).getCode());
    assertEquals(1000, read(digest, 5000, 1000).length);
    content.delete(DeleteContentRequest.newBuilder().setDigest(digest).build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> read(digest, 6000, 1000)).getCode());
  }

  /** Nor is it once it was collected: with the lease that held it, by a call that waits for that. */
  @Test
  void whatWasReadAheadIsNotThereAfterACollection() throws Exception {
    engine.leases.create(Scope.root(), "l", Map.of());
    WriteCall w = leased("l");
    w.say(WriteCall.data(0, random(1_000_000, 11)).setRef("r"));
    String digest = w.say(WriteCall.message(WriteAction.COMMIT, "r").setOffset(1_000_000)).getDigest();
    for (int at = 0; at < 5; at++) read(digest, at * 1000L, 1000);
    Engine.in("default", LeasesGrpc.newBlockingStub(engine.channel)).delete(DeleteRequest.newBuilder().setId("l").setSync(true).build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> read(digest, 5000, 1000)).getCode());
  }

  @Test
  void theFirstMessageCarriesTheRef() throws Exception {
    Status said = write().refused(WriteCall.data(0, new byte[1]));
    assertEquals(Status.Code.INVALID_ARGUMENT, said.getCode());
    assertEquals("first message must have a reference: invalid argument", said.getDescription());
  }

  @Test
  void anotherOffsetIsRefusedAndZeroTruncates() throws Exception {
    WriteCall w = write();
    w.say(WriteCall.data(0, random(100, 1)).setRef("r"));
    assertEquals(Status.Code.OUT_OF_RANGE, w.refused(WriteCall.data(99, random(1, 2))).getCode());
    assertEquals(100, content.status(ref("r")).getStatus().getOffset());
    WriteCall again = write();
    assertEquals(100, again.say(WriteCall.message(WriteAction.STAT, "r")).getOffset());
    byte[] other = random(10, 3);
    WriteContentResponse begun = again.say(WriteCall.data(0, other));
    assertEquals(10, begun.getOffset());
    assertEquals(digest(other), begun.getDigest());
  }

  @Test
  void theEndOfTheStreamLeavesItResumable() throws Exception {
    byte[] bytes = random(50_000, 5);
    WriteCall w = write();
    w.say(WriteCall.data(0, java.util.Arrays.copyOf(bytes, 20_000)).setRef("r").setTotal(50_000));
    w.complete();
    assertTrue(w.ends());
    WriteCall second = write();
    WriteContentResponse stat = second.say(WriteCall.message(WriteAction.STAT, "r").setTotal(50_000));
    assertEquals(20_000, stat.getOffset());
    second.vanish();
    WriteCall third = resumed("r");
    third.say(WriteCall.data(20_000, java.util.Arrays.copyOfRange(bytes, 20_000, 50_000)));
    third.say(WriteCall.message(WriteAction.COMMIT, "r").setOffset(50_000).setExpected(digest(bytes)));
    assertArrayEquals(bytes, read(digest(bytes), 0, 0));
  }

  /** The ref of a client that went away, a moment later. */
  private WriteCall resumed(String ref) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(10);
    while (true) {
      WriteCall w = write();
      w.send(WriteCall.message(WriteAction.STAT, ref));
      Object came = w.next();
      if (came instanceof WriteContentResponse) return w;
      if (Instant.now().isAfter(end)) throw new AssertionError("the ref stays held: " + came);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  @Test
  void aSecondWriterIsUnavailable() throws Exception {
    WriteCall w = write();
    w.say(WriteCall.message(WriteAction.STAT, "r"));
    assertEquals(Status.Code.UNAVAILABLE, write().refused(WriteCall.message(WriteAction.STAT, "r")).getCode());
    assertEquals(1, content.listStatuses(ListStatusesRequest.getDefaultInstance()).getStatusesCount());
    w.complete();
    assertTrue(w.ends());
    content.abort(AbortRequest.newBuilder().setRef("r").build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.abort(AbortRequest.newBuilder().setRef("r").build())).getCode());
  }

  @Test
  void anAbortedWriteEndsWithItsNextMessage() throws Exception {
    for (WriteAction next : List.of(WriteAction.STAT, WriteAction.WRITE, WriteAction.COMMIT)) {
      WriteCall w = write();
      w.say(WriteCall.data(0, random(100, 1)).setRef("r"));
      content.abort(AbortRequest.newBuilder().setRef("r").build());
      assertEquals(Status.Code.NOT_FOUND, failure(() -> content.status(ref("r"))).getCode());
      Status said = w.refused(WriteCall.message(next, "r").setOffset(100));
      assertEquals(Status.Code.FAILED_PRECONDITION, said.getCode(), said.toString());
      assertTrue(said.getDescription().contains("was aborted beneath its writer"), said.getDescription());
    }
    assertEquals(0, write().say(WriteCall.message(WriteAction.STAT, "r")).getOffset());
  }

  /** As while a bundle is replaced beneath a write. */
  @Test
  void anErrorGivesTheRefFree() throws Exception {
    var broken = (Writer) failing(Writer.class, "truncate", engine.contents.writer(Scope.root(), new WriterSpec("w", Optional.empty(),
        OptionalLong.empty(), Map.of())));
    broken.write(ByteBuffer.wrap(random(100, 1)));
    var contents = (Contents) Proxy.newProxyInstance(Contents.class.getClassLoader(), new Class<?>[] {Contents.class}, (_, _, _) -> broken);
    Path socket = root.resolve("broken.sock");
    var channel = engine.channel(socket);
    try (var _ = Listener.unix(socket, Engine.offer(new ContentApi(contents, FlowBudget.ofHeap(), new ReadAhead())))) {
      var w = new WriteCall(Engine.in("default", ContentGrpc.newStub(channel)));
      assertEquals(Status.Code.INTERNAL, w.refused(WriteCall.message(WriteAction.WRITE, "w")).getCode());
      assertEquals(100, resumed().getOffset());
    } finally {
      channel.shutdownNow();
    }
  }

  /** The service itself, but for one method. */
  private static Object failing(Class<?> type, String method, Object real) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (_, m, args) -> {
      if (m.getName().equals(method)) throw new NoClassDefFoundError("of a bundle that is just replaced");
      return m.invoke(real, args);
    });
  }

  /** Once whoever had it has left. */
  private WriteContentResponse resumed() throws InterruptedException {
    Instant end = Instant.now().plusSeconds(10);
    while (true) {
      WriteCall w = write();
      w.send(WriteCall.message(WriteAction.STAT, "w"));
      Object came = w.next();
      if (came instanceof WriteContentResponse answer) return answer;
      assertTrue(Instant.now().isBefore(end), came.toString());
    }
  }

  @Test
  void aKnownDigestIsRefusedAtOnceAndAtTheEnd() throws Exception {
    byte[] bytes = random(1000, 7);
    String digest = blob(bytes);
    assertEquals(Status.Code.ALREADY_EXISTS, write().refused(WriteCall.message(WriteAction.STAT, "x").setExpected(digest)).getCode());
    WriteCall late = write();
    late.say(WriteCall.data(0, bytes).setRef("y"));
    assertEquals(Status.Code.ALREADY_EXISTS, late.refused(WriteCall.message(WriteAction.COMMIT, "y").setOffset(1000)).getCode());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.status(ref("y"))).getCode());
  }

  @Test
  void aWrongSizeOrDigestIsRefused() throws Exception {
    WriteCall size = write();
    size.say(WriteCall.data(0, random(10, 1)).setRef("s"));
    assertEquals(Status.Code.FAILED_PRECONDITION,
        size.refused(WriteCall.message(WriteAction.COMMIT, "s").setOffset(10).setTotal(11)).getCode());
    WriteCall wrong = write();
    wrong.say(WriteCall.data(0, random(10, 1)).setRef("d"));
    assertEquals(Status.Code.FAILED_PRECONDITION,
        wrong.refused(WriteCall.message(WriteAction.COMMIT, "d").setOffset(10).setExpected(digest(random(10, 2)))).getCode());
    assertEquals(0, write().say(WriteCall.message(WriteAction.STAT, "d")).getOffset(), "wrong bytes are not resumed");
  }

  /** A write by that lease. */
  private WriteCall leased(String lease) {
    var headers = new Metadata();
    headers.put(Calls.LEASE, lease);
    return new WriteCall(Engine.in("default", ContentGrpc.newStub(engine.channel)).withInterceptors(MetadataUtils
        .newAttachHeadersInterceptor(headers)));
  }

  private List<String> held(String lease) throws IOException {
    return engine.leases.held(Scope.root(), lease);
  }

  @Test
  void anUnfinishedWriteIsListedByItsLease() throws Exception {
    byte[] bytes = random(1000, 12);
    engine.leases.create(Scope.root(), "l", Map.of());
    WriteCall w = leased("l");
    w.say(WriteCall.message(WriteAction.STAT, "layer-1"));
    var leases = Engine.in("default", LeasesGrpc.newBlockingStub(engine.channel));
    var list = ListResourcesRequest.newBuilder().setId("l").build();
    var write = Resource.newBuilder().setType("ingests").setId("layer-1").build();
    assertEquals(List.of(write), leases.listResources(list).getResourcesList());
    w.say(WriteCall.data(0, bytes).setAction(WriteAction.COMMIT));
    assertEquals(List.of(write.toBuilder().setType("content").setId(digest(bytes)).build()), leases.listResources(list).getResourcesList());
  }

  /** In a lease each, at whichever message the digest is known. */
  @Test
  void whatIsSaidToExistIsHeldByTheLease() throws Exception {
    byte[] bytes = random(1000, 17);
    for (String lease : List.of("first", "commit", "open", "size", "middle")) engine.leases.create(Scope.root(), lease, Map.of());
    WriteCall first = leased("first");
    first.say(WriteCall.data(0, bytes).setRef("r"));
    first.say(WriteCall.message(WriteAction.COMMIT, "r").setOffset(1000));
    List<String> blob = List.of("content/" + digest(bytes));
    assertEquals(blob, held("first"));
    WriteCall commit = leased("commit");
    commit.say(WriteCall.data(0, bytes).setRef("s"));
    assertEquals(Status.Code.ALREADY_EXISTS, commit.refused(WriteCall.message(WriteAction.COMMIT, "s").setOffset(1000)).getCode());
    assertEquals(blob, held("commit"));
    assertEquals(Status.Code.ALREADY_EXISTS, leased("open").refused(WriteCall.message(WriteAction.STAT, "t").setExpected(digest(bytes)))
        .getCode());
    assertEquals(blob, held("open"));
    assertEquals(Status.Code.ALREADY_EXISTS, leased("size").refused(WriteCall.message(WriteAction.STAT, "u").setExpected(digest(bytes))
        .setTotal(7)).getCode(), "its digest alone counts");
    assertEquals(blob, held("size"));
    WriteCall middle = leased("middle");
    middle.say(WriteCall.data(0, java.util.Arrays.copyOf(bytes, 10)).setRef("v"));
    assertEquals(Status.Code.ALREADY_EXISTS, middle.refused(WriteCall.data(10, new byte[1]).setExpected(digest(bytes))).getCode());
    assertEquals(blob, held("middle"));
    assertEquals(0, content.listStatuses(ListStatusesRequest.getDefaultInstance()).getStatusesCount());
  }

  @Test
  void aLeaseThatIsNotThereIsRefusedBeforeTheBytes() throws Exception {
    assertEquals(Status.Code.NOT_FOUND, leased("none").refused(WriteCall.message(WriteAction.STAT, "r")).getCode());
    assertEquals(0, content.listStatuses(ListStatusesRequest.getDefaultInstance()).getStatusesCount());
  }

  @Test
  void sizesAreTheClientsMistakes() throws Exception {
    WriteCall more = write();
    assertEquals(4, more.say(WriteCall.message(WriteAction.STAT, "more").setTotal(4)).getTotal());
    assertEquals(Status.Code.FAILED_PRECONDITION, more.refused(WriteCall.data(0, random(5, 1))).getCode());
    WriteCall less = write();
    less.say(WriteCall.message(WriteAction.STAT, "less").setTotal(9));
    assertEquals(Status.Code.FAILED_PRECONDITION, less.refused(WriteCall.data(0, random(6, 1)).setAction(WriteAction.COMMIT)).getCode());
    Status negative = write().refused(WriteCall.data(0, random(6, 1)).setRef("negative").setAction(WriteAction.COMMIT).setTotal(-1));
    assertEquals(Status.Code.FAILED_PRECONDITION, negative.getCode());
    assertTrue(negative.getDescription().contains("expected -1 bytes, found 6 bytes"), negative.getDescription());
    assertEquals(0, content.listStatuses(ListStatusesRequest.getDefaultInstance()).getStatusesCount());
    WriteCall later = write();
    later.say(WriteCall.message(WriteAction.STAT, "later"));
    later.say(WriteCall.data(0, random(6, 1)).setAction(WriteAction.COMMIT).setTotal(-1));
    assertTrue(later.ends(), "one that is told later does not count, as for containerd");
  }

  @Test
  void aDamagedRecordIsNoMistakeOfTheClients() throws Exception {
    byte[] bytes = random(100, 3);
    damage(digest(bytes), Optional.of(new byte[0]));
    for (long total : List.of(0L, 100L)) {
      WriteCall w = write();
      w.say(WriteCall.data(0, bytes).setRef("r").setTotal(total));
      Status said = w.refused(WriteCall.message(WriteAction.COMMIT, "r").setOffset(100));
      assertEquals(Status.Code.DATA_LOSS, said.getCode());
      assertTrue(said.getDescription().contains("the record of blob " + digest(bytes)) && said.getDescription().contains("dist:delete"),
          said.getDescription());
    }
    damage(digest(bytes), Optional.empty());
    assertEquals(100, write().say(WriteCall.message(WriteAction.STAT, "r")).getOffset(), "its bytes are kept");
  }

  /** A list has no place for it; it goes by its digest. */
  @Test
  void listsGoOnBesideADamagedRecord() throws Exception {
    String whole = blob(random(10, 1));
    String cut = blob(random(11, 2));
    damage(cut, Optional.of("{".getBytes(StandardCharsets.UTF_8)));
    var listed = new ArrayList<String>();
    content.list(ListContentRequest.getDefaultInstance()).forEachRemaining(page -> page.getInfoList().forEach(i -> listed.add(i
        .getDigest())));
    assertEquals(List.of(whole), listed);
    content.delete(DeleteContentRequest.newBuilder().setDigest(cut).build());
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.info(InfoRequest.newBuilder().setDigest(cut).build())).getCode());
  }

  private void damage(String digest, Optional<byte[]> row) throws IOException {
    engine.table.change(Scope.root(), List.of(new Change("content", digest, -1, row)));
  }

  @Test
  void anEmptyBlob() throws Exception {
    WriteCall w = write();
    w.say(WriteCall.message(WriteAction.COMMIT, "e").setExpected(digest(new byte[0])));
    assertTrue(w.ends());
    assertEquals(0, read(digest(new byte[0]), 0, 0).length);
  }

  @Test
  void labelsByMaskAndWhole() throws Exception {
    String digest = blob(random(10, 9));
    UpdateRequest.Builder update = UpdateRequest.newBuilder().setInfo(Info.newBuilder().setDigest(digest).putLabels("c", "d")
        .putLabels("e", "f"));
    assertEquals(Map.of("a", "b", "c", "d"),
        content.update(update.setUpdateMask(FieldMask.newBuilder().addPaths("labels.c")).build()).getInfo().getLabelsMap());
    assertEquals(Map.of("c", "d"),
        content.update(update.setUpdateMask(FieldMask.newBuilder().addPaths("labels.a")).build()).getInfo().getLabelsMap());
    assertEquals(Map.of("c", "d", "e", "f"), content.update(update.clearUpdateMask().build()).getInfo().getLabelsMap());
    assertEquals(Status.Code.INVALID_ARGUMENT,
        failure(() -> content.update(update.setUpdateMask(FieldMask.newBuilder().addPaths("size")).build())).getCode());
  }

  @Test
  void errorsOfReads() throws Exception {
    String digest = blob(random(10, 9));
    ReadContentRequest past = ReadContentRequest.newBuilder().setDigest(digest).setOffset(11).build();
    assertEquals(Status.Code.OUT_OF_RANGE, failure(() -> content.read(past).next()).getCode());
    ReadContentRequest none = ReadContentRequest.newBuilder().setDigest(digest(random(5, 5))).build();
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.read(none).next()).getCode());
    Status bad = failure(() -> content.info(InfoRequest.newBuilder().setDigest("sha256:../x").build()));
    assertEquals(Status.Code.INVALID_ARGUMENT, bad.getCode());
    assertTrue(bad.getDescription().endsWith(": invalid argument"), bad.getDescription());
  }

  @Test
  void aCallNamesItsNamespace() throws Exception {
    String digest = blob(random(10, 9));
    var bare = ContentGrpc.newBlockingStub(engine.channel);
    Status none = failure(() -> bare.info(InfoRequest.newBuilder().setDigest(digest).build()));
    assertEquals(Status.Code.FAILED_PRECONDITION, none.getCode());
    assertEquals("namespace is required: failed precondition", none.getDescription());
    Status unknown = new WriteCall(ContentGrpc.newStub(engine.channel)).refused(WriteCall.message(WriteAction.STAT, "r"));
    assertEquals(Status.Code.FAILED_PRECONDITION, unknown.getCode());
    var other = Engine.in("other", ContentGrpc.newBlockingStub(engine.channel));
    assertEquals(Status.Code.NOT_FOUND, failure(() -> other.info(InfoRequest.newBuilder().setDigest(digest).build())).getCode());
    var up = Engine.in("../x", ContentGrpc.newBlockingStub(engine.channel));
    assertEquals(Status.Code.INVALID_ARGUMENT, failure(() -> up.info(InfoRequest.newBuilder().setDigest(digest).build())).getCode());
  }

  @Test
  void manyBlobsAreListedInPagesAndDeleted() throws Exception {
    for (int i = 0; i < 205; i++) blob(random(10 + i, i));
    int[] seen = new int[2];
    content.list(ListContentRequest.getDefaultInstance()).forEachRemaining(page -> {
      seen[0]++;
      seen[1] += page.getInfoCount();
    });
    assertEquals(3, seen[0]);
    assertEquals(205, seen[1]);
    DeleteContentRequest first = DeleteContentRequest.newBuilder().setDigest(digest(random(10, 0))).build();
    content.delete(first);
    assertEquals(Status.Code.NOT_FOUND, failure(() -> content.delete(first)).getCode());
  }
}
