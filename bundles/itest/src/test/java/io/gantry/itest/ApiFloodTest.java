package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.gantry.api.Digest;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.content.AbortRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.ListStatusesRequest;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.diff.DiffGrpc;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.PublishRequest;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.images.CreateImageRequest;
import io.gantry.wire.images.GetImageRequest;
import io.gantry.wire.images.GetImageResponse;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListRequest;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.streaming.StreamingGrpc;
import io.gantry.wire.tasks.TasksGrpc;
import io.gantry.wire.transfer.TransferGrpc;
import io.gantry.wire.transfer.TransferOptions;
import io.gantry.wire.transfer.TransferRequest;
import io.gantry.wire.transfertypes.Data;
import io.gantry.wire.transfertypes.ImageExportStream;
import io.gantry.wire.transfertypes.ImageImportStream;
import io.gantry.wire.transfertypes.ImageReference;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.WindowUpdate;
import io.gantry.wire.types.Descriptor;
import io.gantry.wire.types.Envelope;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do what they should not, against a manager with a small heap: it answers others, and nothing of them is left. */
class ApiFloodTest {
  private static final int CLIENTS = 500;
  private static final int EVENTS = Integer.getInteger("gantry.events", 10_000);
  private static final int PUBLISHERS = 8;
  private static final int READERS = 400;
  private static final int LARGE = 24;
  /** How many streams may be open, and how many of a namespace may wait for their transfers. */
  private static final int STREAMS = 4_000;
  private static final int STREAMS_WAITING = 500;

  private static final int TRANSFERS = 200;
  private static final ImageStore IMPORTED = ImageStore.newBuilder().addExtraReferences(ImageReference.newBuilder().setName("flood")
      .setIsPrefix(true)).build();
  /** By when a message that is none must have been refused. */
  private static final Duration REFUSED = Duration.ofMinutes(1);
  /** How long a call that may go on is left to. */
  private static final Duration TAKEN = Duration.ofSeconds(3);
  private static Manager manager;
  /** Open descriptors of a manager that has served one client. */
  private static long before;

  @BeforeAll
  static void start() throws Exception {
    Optional<String> why = Manager.missing();
    assumeTrue(why.isEmpty(), why.orElse(""));
    manager = new Manager("http://127.0.0.1:1", "-Xmx96m");
    manager.ok("start");
    try (ApiClient client = client()) {
      ApiClient.version(client.connect());
    }
    before = descriptors();
  }

  @AfterAll
  static void stop() throws Exception {
    if (manager != null) manager.close();
  }

  private static ApiClient client() {
    return new ApiClient(manager.state().resolve("gantry.sock"));
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(manager.pid()), "fd"))) {
      return all.count();
    }
  }

  /** That there was memory for all. */
  private static void enough() throws Exception {
    String log = Files.readString(manager.root().resolve("log").resolve("gantry.log"));
    assertEquals(List.of(), log.lines().filter(l -> l.contains("OutOf")).limit(3).toList());
  }

  /** Waits until all but a few descriptors that come and go are closed. */
  private static void closed() throws Exception {
    Instant end = Instant.now().plusSeconds(30);
    while (descriptors() > before + 10) {
      assertTrue(Instant.now().isBefore(end), descriptors() + " descriptors, before " + before);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  void messagesThatAreNone() throws Exception {
    try (ApiClient client = client()) {
      ManagedChannel channel = client.connect();
      var random = new Random(8);
      List<ServiceDescriptor> services = List.of(ContainersGrpc.getServiceDescriptor(), ContentGrpc.getServiceDescriptor(),
          DiffGrpc.getServiceDescriptor(), EventsGrpc.getServiceDescriptor(), ImagesGrpc.getServiceDescriptor(),
          IntrospectionGrpc.getServiceDescriptor(), LeasesGrpc.getServiceDescriptor(), NamespacesGrpc.getServiceDescriptor(),
          SnapshotsGrpc.getServiceDescriptor(), StreamingGrpc.getServiceDescriptor(), TasksGrpc.getServiceDescriptor(),
          TransferGrpc.getServiceDescriptor());
      for (ServiceDescriptor service : services) {
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
          byte[] garbage = new byte[40];
          random.nextBytes(garbage);
          garbage[0] = 0x0f; // field 1 of a wire type that there is not
          Status said = ApiClient.send(channel, method, garbage, REFUSED);
          assertEquals(Status.Code.INTERNAL, said.getCode(), method.getFullMethodName() + " took garbage: " + said);
          assertTrue(said.getDescription() == null || !said.getDescription().contains("\tat "), "a trace: " + said);
          ApiClient.send(channel, method, new byte[0], TAKEN);
          ApiClient.send(channel, method, new byte[] {(byte) 0xfa, (byte) 0xff, 0x03, 3, 1, 2, 3}, TAKEN); // a field nobody knows
        }
      }
      Status large = ApiClient.send(channel, ContentGrpc.getWriteMethod(), new byte[17 << 20], REFUSED);
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, large.getCode());
      Prompt.after(channel, "messages that are none");
    }
  }

  @Test
  void connectionsThatStayOpen() throws Exception {
    try (ApiClient client = client()) {
      for (int i = 0; i < CLIENTS; i++) ApiClient.version(client.connect());
      assertTrue(descriptors() >= before + CLIENTS, "each is a connection of its own");
      Prompt.after(client.connect(), CLIENTS + " connections");
    }
    closed();
  }

  /** Asks for events and never takes one. */
  private static void subscribe(ManagedChannel channel, CountDownLatch begun) {
    EventsGrpc.newStub(channel).subscribe(SubscribeRequest.getDefaultInstance(), new ClientResponseObserver<SubscribeRequest, Envelope>() {
      @Override
      public void beforeStart(ClientCallStreamObserver<SubscribeRequest> call) {
        call.disableAutoRequestWithInitial(0);
        begun.countDown();
      }

      @Override
      public void onNext(Envelope e) {
        throw new IllegalStateException("nothing was asked for");
      }

      @Override
      public void onError(Throwable e) {
        // the end of the test
      }

      @Override
      public void onCompleted() {
        // never
      }
    });
  }

  @Test
  void subscribersThatNeverReadAndAFloodOfEvents() throws Exception {
    try (ApiClient client = client()) {
      var begun = new CountDownLatch(CLIENTS);
      ManagedChannel[] some = new ManagedChannel[10];
      for (int i = 0; i < some.length; i++) some[i] = client.connect();
      for (int i = 0; i < CLIENTS; i++) subscribe(some[i % some.length], begun);
      begun.await();
      ManagedChannel channel = client.connect();
      Prompt.after(channel, CLIENTS + " subscribers");
      var listener = new FloodListener(client.connect(), "/flood/wave", EVENTS);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> publishers = new ArrayList<>();
        for (int t = 0; t < PUBLISHERS; t++) publishers.add(threads.submit(publisher(channel, t)));
        Duration slowest = Prompt.during(client.connect(), () -> publishers.stream().anyMatch(p -> !p.isDone()), EVENTS + " events");
        for (Future<?> p : publishers) p.get();
        System.out.println(EVENTS + " events: version took at most " + slowest);
      }
      List<String> came = listener.values();
      for (int t = 0; t < PUBLISHERS; t++) {
        String of = t + ":";
        assertEquals(values(t).toList(), came.stream().filter(v -> v.startsWith(of)).toList(), "events of publisher " + t);
      }
      assertEquals(EVENTS / PUBLISHERS * PUBLISHERS, came.size());
      long live = Heap.liveBytes(manager.pid());
      assertTrue(live < 48 << 20, "what " + CLIENTS + " subscribers did not take keeps the heap full: " + live + " bytes");
    }
    closed();
  }

  private static Stream<String> values(int publisher) {
    return IntStream.range(0, EVENTS / PUBLISHERS).mapToObj(i -> publisher + ":" + i);
  }

  private static Callable<Void> publisher(ManagedChannel channel, int publisher) {
    return () -> {
      var stub = ApiClient.named(EventsGrpc.newBlockingStub(channel));
      for (String v : values(publisher).toList()) {
        Any event = Any.newBuilder().setTypeUrl("example.com/Flood").setValue(ByteString.copyFromUtf8(v)).build();
        stub.publish(PublishRequest.newBuilder().setTopic("/flood/wave").setEvent(event).build());
      }
      return null;
    };
  }

  /** What each has not taken is in memory, of all together no more than the manager has for them. */
  @Test
  void readersThatStall() throws Exception {
    try (ApiClient client = client()) {
      byte[] random = new byte[3 << 20];
      new Random(10).nextBytes(random);
      ByteString bytes = ByteString.copyFrom(random);
      String digest = Digest.sha256(MessageDigest.getInstance("SHA-256").digest(random)).toString();
      put(client.connect(), digest, bytes);
      ManagedChannel channel = client.connect();
      List<FloodRead> reads = new ArrayList<>();
      for (int i = 0; i < READERS; i++) reads.add(FloodRead.begin(channel, digest, bytes));
      var asks = new AtomicInteger(200);
      ManagedChannel other = client.connect();
      Duration slowest = Prompt.during(other, () -> asks.getAndDecrement() > 0, READERS + " readers that stall");
      System.out.println(READERS + " readers that stall: version took at most " + slowest);
      assertTrue(reads.stream().anyMatch(FloodRead::begun), "none took a message");
      FloodRead late = FloodRead.begin(other, digest, bytes);
      late.wake();
      assertEquals("", late.wrong(), "one that reads beside those that stall");
      reads.forEach(FloodRead::wake);
      for (FloodRead r : reads) assertEquals("", r.wrong());
    }
    closed();
    enough();
  }

  @Test
  void writersThatVanish() throws Exception {
    try (ApiClient client = client()) {
      ManagedChannel channel = client.connect();
      List<StreamObserver<WriteContentRequest>> writers = new ArrayList<>();
      var answered = new CountDownLatch(CLIENTS);
      for (int i = 0; i < CLIENTS; i++) {
        var to = ApiClient.named(ContentGrpc.newStub(channel)).write(new FloodAnswers(answered));
        to.onNext(WriteContentRequest.newBuilder().setAction(WriteAction.WRITE).setRef("vanishes-" + i)
            .setData(ByteString.copyFrom(new byte[1000])).build());
        writers.add(to);
      }
      assertTrue(answered.await(60, TimeUnit.SECONDS), answered.getCount() + " writes were not answered");
      for (var to : writers) to.onError(Status.CANCELLED.asRuntimeException());
      var content = ApiClient.named(ContentGrpc.newBlockingStub(channel));
      assertEquals(CLIENTS, content.listStatuses(ListStatusesRequest.newBuilder().addFilters("ref~=vanishes").build())
          .getStatusesList().stream().filter(s -> s.getOffset() == 1000).count(), "what they wrote can be resumed");
      for (int i = 0; i < CLIENTS; i++) aborted(content, "vanishes-" + i);
      Prompt.after(channel, CLIENTS + " writers");
    }
    closed();
  }

  /** The largest that there may be, many at once: what there is no room for is refused, and what was refused can be sent again. */
  @Test
  void messagesOfTheLargestSize() throws Exception {
    byte[] random = new byte[(16 << 20) - 1000];
    new Random(11).nextBytes(random);
    ByteString bytes = ByteString.copyFrom(random);
    try (ApiClient client = client(); ApiClient beside = client()) {
      List<FloodWrite> writes = new ArrayList<>();
      List<ListenableFuture<GetImageResponse>> calls = new ArrayList<>();
      var request = GetImageRequest.newBuilder().setName("x".repeat(bytes.size())).build();
      for (int c = 0; c < LARGE / 8; c++) {
        ManagedChannel channel = client.connect();
        for (int i = 0; i < 8; i++) {
          writes.add(FloodWrite.begin(channel, "large-" + writes.size(), bytes));
          calls.add(ApiClient.named(ImagesGrpc.newFutureStub(channel)).get(request));
        }
      }
      ManagedChannel other = beside.connect();
      Duration slowest = Prompt.during(other, () -> !writes.stream().allMatch(FloodWrite::ended) || !calls.stream()
          .allMatch(Future::isDone),
          LARGE + " writes and as many other calls of 16 MiB");
      int whole = 0;
      for (int i = 0; i < LARGE; i++) {
        Status said = writes.get(i).end();
        if (said.isOk()) {
          whole++;
          continue;
        }
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, said.getCode(), said.toString());
        assertEquals(Status.OK, FloodWrite.begin(other, "large-" + i, bytes).end());
      }
      List<Status.Code> codes = new ArrayList<>();
      for (var c : calls) codes.add(failure(c));
      System.out.println(LARGE + " writes of 16 MiB, " + whole + " of them at once: version took at most " + slowest + "; calls: " + codes);
      assertTrue(Set.of(Status.Code.RESOURCE_EXHAUSTED, Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND).containsAll(codes));
      assertTrue(whole > 0, "none was written");
      var content = ApiClient.named(ContentGrpc.newBlockingStub(other));
      var statuses = content.listStatuses(ListStatusesRequest.newBuilder().addFilters("ref~=large").build()).getStatusesList();
      assertEquals(LARGE, statuses.stream().filter(s -> s.getOffset() == bytes.size()).count(), "all are there");
      for (int i = 0; i < LARGE; i++) aborted(content, "large-" + i);
    }
    closed();
    enough();
  }

  /** Those that say nothing end by themselves, the others with their clients; in between no more come than there may be. */
  @Test
  void streamsThatNobodyUses() throws Exception {
    try (ApiClient client = client()) {
      ManagedChannel channel = client.connect();
      List<FloodStream> named = new ArrayList<>();
      for (int n = 0; n < STREAMS / STREAMS_WAITING - 1; n++) {
        for (int i = 0; i < STREAMS_WAITING; i++) named.add(FloodStream.unread(channel, "flood-" + n, "s" + i));
        for (FloodStream s : named.subList(n * STREAMS_WAITING, named.size())) s.read(); // each has its place before one more asks
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, FloodStream.silent(channel, "flood-" + n).end());
      }
      List<FloodStream> silent = new ArrayList<>();
      for (int i = 0; i < STREAMS_WAITING; i++) silent.add(FloodStream.silent(channel, "silent"));
      FloodStream more = FloodStream.silent(channel, "silent");
      FloodStream elsewhere = FloodStream.silent(channel, "elsewhere");
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, more.end());
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, elsewhere.end());
      System.out.println(STREAMS + " streams: version took " + Prompt.after(channel, STREAMS + " streams"));
      for (FloodStream s : silent) assertEquals(Status.Code.DEADLINE_EXCEEDED, s.end());
      for (FloodStream s : named) s.vanish();
      freed(channel, "flood-0");
      Prompt.after(channel, "streams that nobody used");
    }
    closed();
  }

  /** All places of a namespace are free, a moment after those that had them went. */
  private static void freed(ManagedChannel channel, String namespace) throws Exception {
    Instant end = Instant.now().plusSeconds(20);
    for (int i = 0; i < STREAMS_WAITING; ) {
      FloodStream s = FloodStream.unread(channel, namespace, "again-" + i);
      try {
        s.read();
        i++;
      } catch (AssertionError e) {
        if (Instant.now().isAfter(end)) throw e;
      }
    }
  }

  /** Exports that are not read on, and imports that are not brought to their end: they end with their clients. */
  @Test
  void transfersInTheMidstOfWhichClientsVanish(@TempDir Path folder) throws Exception {
    ByteString cut = ByteString.copyFrom(CutArchive.beginning(folder));
    try (ApiClient client = client()) {
      ManagedChannel channel = client.connect();
      image(channel);
      List<FloodStream> streams = new ArrayList<>();
      List<FloodStream> unread = new ArrayList<>();
      List<ListenableFuture<Empty>> transfers = new ArrayList<>();
      for (int i = 0; i < TRANSFERS; i++) {
        unread.add(FloodStream.open(channel, "default", "progress-" + i));
        FloodStream stream = FloodStream.open(channel, "default", "bytes-" + i);
        streams.add(stream);
        Message to = i % 2 == 0 ? ImageExportStream.newBuilder().setStream("bytes-" + i).setAllPlatforms(true).build() : IMPORTED;
        Message from = i % 2 == 0 ? ImageStore.newBuilder().setName("flood").build() : ImageImportStream.newBuilder().setStream("bytes-"
            + i).build();
        transfers.add(ApiClient.named(TransferGrpc.newFutureStub(channel)).transfer(TransferRequest.newBuilder().setSource(any(from))
            .setDestination(any(to)).setOptions(TransferOptions.newBuilder().setProgressStream("progress-" + i)).build()));
        if (i % 2 == 0) stream.send(WindowUpdate.newBuilder().setUpdate(1000).build());
        stream.read(); // bytes, or credit for them
        if (i % 2 == 1) stream.send(Data.newBuilder().setData(cut).build());
      }
      Prompt.after(channel, TRANSFERS + " transfers that stand still");
      for (Instant end = Instant.now().plusSeconds(20); writes(channel) < TRANSFERS / 2; TimeUnit.MILLISECONDS.sleep(50)) {
        assertTrue(Instant.now().isBefore(end), "imports that began to write a blob: " + writes(channel));
      }
      for (int i = 0; i < TRANSFERS; i++) {
        if (i % 4 < 2) streams.get(i).vanish();
        else transfers.get(i).cancel(true);
      }
      for (int i = 0; i < TRANSFERS; i++) {
        if (i % 4 < 2) assertEquals(Status.Code.UNAVAILABLE, failure(transfers.get(i)), "transfer " + i);
        else assertNotEquals(Status.Code.OK, streams.get(i).end(), "stream " + i);
      }
      for (FloodStream s : unread) s.vanish();
      Prompt.after(channel, TRANSFERS + " transfers whose clients vanished");
      freed(channel, "default");
      assertEquals(0, ApiClient.named(LeasesGrpc.newBlockingStub(channel)).list(ListRequest.getDefaultInstance()).getLeasesCount());
      assertEquals(0, writes(channel));
    }
    closed();
  }

  private static int writes(ManagedChannel channel) {
    return ApiClient.named(ContentGrpc.newBlockingStub(channel)).listStatuses(ListStatusesRequest.getDefaultInstance()).getStatusesCount();
  }

  private static Any any(Message m) {
    return Any.newBuilder().setTypeUrl(m.getDescriptorForType().getFullName()).setValue(m.toByteString()).build();
  }

  private static Status.Code failure(ListenableFuture<?> transfer) {
    var e = assertThrows(ExecutionException.class, () -> transfer.get(30, TimeUnit.SECONDS));
    return Status.fromThrowable(e.getCause()).getCode();
  }

  /** One of some bytes, named {@code flood}. */
  private static void image(ManagedChannel channel) throws Exception {
    byte[] bytes = new byte[1 << 20];
    new Random(9).nextBytes(bytes);
    Image image = new ImageBuilder().layer(new LayerBuilder().file("big", bytes, 0644).gzip()).build(ImageFormat.OCI);
    for (Blob b : image.blobs()) put(channel, b.descriptor().digest().toString(), ByteString.copyFrom(b.bytes()));
    var target = Descriptor.newBuilder().setMediaType(image.descriptor().mediaType()).setSize(image.descriptor().size()).setDigest(image
        .descriptor().digest().toString());
    ApiClient.named(ImagesGrpc.newBlockingStub(channel)).create(CreateImageRequest.newBuilder().setImage(io.gantry.wire.images.Image
        .newBuilder().setName("flood").setTarget(target)).build());
  }

  private static void put(ManagedChannel channel, String digest, ByteString bytes) throws InterruptedException {
    var answered = new CountDownLatch(1);
    var to = ApiClient.named(ContentGrpc.newStub(channel)).write(new FloodAnswers(answered));
    to.onNext(WriteContentRequest.newBuilder().setAction(WriteAction.COMMIT).setRef("flood").setData(bytes).setExpected(digest)
        .setTotal(bytes.size()).build());
    assertTrue(answered.await(20, TimeUnit.SECONDS));
  }

  /** A ref is given free a moment after its writer went. */
  private static void aborted(ContentGrpc.ContentBlockingStub content, String ref) throws InterruptedException {
    var request = AbortRequest.newBuilder().setRef(ref).build();
    Instant end = Instant.now().plusSeconds(20);
    while (true) {
      try {
        content.abort(request);
        return;
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.FAILED_PRECONDITION || Instant.now().isAfter(end)) throw e;
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }
}
