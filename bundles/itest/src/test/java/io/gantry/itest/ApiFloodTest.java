package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.content.AbortRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.ListStatusesRequest;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.gantry.wire.diff.DiffGrpc;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.PublishRequest;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.tasks.TasksGrpc;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that do what they should not, against a manager with a small heap: it answers others, and nothing of them is left. */
class ApiFloodTest {
  private static final int CLIENTS = 500;
  private static final int EVENTS = Integer.getInteger("gantry.events", 10_000);
  private static final Duration PROMPT = Duration.ofSeconds(1);
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

  private static Duration prompt(ManagedChannel channel, String after) {
    Duration took = ApiClient.version(channel);
    if (took.compareTo(PROMPT) > 0) took = ApiClient.version(channel); // a busy machine may be slow once
    assertTrue(took.compareTo(PROMPT) <= 0, "version took " + took + " after " + after);
    return took;
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(manager.pid()), "fd"))) {
      return all.count();
    }
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
          SnapshotsGrpc.getServiceDescriptor(), TasksGrpc.getServiceDescriptor());
      for (ServiceDescriptor service : services) {
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
          byte[] garbage = new byte[40];
          random.nextBytes(garbage);
          garbage[0] = 0x0f; // field 1 of a wire type that there is not
          Status said = ApiClient.send(channel, method, garbage);
          assertTrue(!said.isOk(), method.getFullMethodName() + " took garbage");
          assertTrue(said.getDescription() == null || !said.getDescription().contains("\tat "), "a trace: " + said);
          ApiClient.send(channel, method, new byte[0]);
          ApiClient.send(channel, method, new byte[] {(byte) 0xfa, (byte) 0xff, 0x03, 3, 1, 2, 3}); // a field nobody knows
        }
      }
      Status large = ApiClient.send(channel, ContentGrpc.getWriteMethod(), new byte[17 << 20]);
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, large.getCode());
      prompt(channel, "messages that are none");
    }
  }

  @Test
  void connectionsThatStayOpen() throws Exception {
    try (ApiClient client = client()) {
      for (int i = 0; i < CLIENTS; i++) ApiClient.version(client.connect());
      assertTrue(descriptors() >= before + CLIENTS, "each is a connection of its own");
      prompt(client.connect(), CLIENTS + " connections");
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
      prompt(channel, CLIENTS + " subscribers");
      Any event = Any.newBuilder().setTypeUrl("example.com/Flood").setValue(ByteString.copyFrom(new byte[200])).build();
      PublishRequest publish = PublishRequest.newBuilder().setTopic("/flood/wave").setEvent(event).build();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int t = 0; t < 8; t++) {
          threads.submit(() -> {
            var stub = ApiClient.named(EventsGrpc.newBlockingStub(channel));
            for (int i = 0; i < EVENTS / 8; i++) stub.publish(publish);
            return null;
          });
        }
      }
      System.out.println(EVENTS + " events: version took " + prompt(channel, EVENTS + " events"));
    }
    closed();
  }

  @Test
  void writersThatVanish() throws Exception {
    try (ApiClient client = client()) {
      ManagedChannel channel = client.connect();
      List<StreamObserver<WriteContentRequest>> writers = new ArrayList<>();
      var answered = new CountDownLatch(CLIENTS);
      for (int i = 0; i < CLIENTS; i++) {
        var to = ApiClient.named(ContentGrpc.newStub(channel)).write(answers(answered));
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
      prompt(channel, CLIENTS + " writers");
    }
    closed();
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

  private static StreamObserver<WriteContentResponse> answers(CountDownLatch answered) {
    return new StreamObserver<>() {
      @Override
      public void onNext(WriteContentResponse answer) {
        answered.countDown();
      }

      @Override
      public void onError(Throwable e) {
        // told by what is missing
      }

      @Override
      public void onCompleted() {
        // told by what is missing
      }
    };
  }
}
