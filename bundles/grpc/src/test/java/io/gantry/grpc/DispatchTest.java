package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.images.GetImageRequest;
import io.gantry.wire.images.GetImageResponse;
import io.gantry.wire.images.Image;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.streaming.StreamingGrpc;
import io.gantry.wire.types.Envelope;
import io.gantry.wire.version.VersionGrpc;
import io.gantry.wire.version.VersionResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls on a real socket, to services that tell on which threads and in which order they are called. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DispatchTest {
  private static final int MANY = 1_000;
  @TempDir Path dir;
  /** What the services were told, in that order. */
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  /** What a service waits for where it is asked to. */
  private final CountDownLatch go = new CountDownLatch(1);
  private final EpollEventLoopGroup loops = new EpollEventLoopGroup(1);
  private Function<ServerCallStreamObserver<Any>, StreamObserver<Any>> streaming;
  private Work unary = () -> { };
  private Listener listener;
  private ManagedChannel channel;

  /** What a service does. */
  @FunctionalInterface
  private interface Work {
    void run() throws InterruptedException;
  }

  @BeforeEach
  void open() throws IOException {
    Path socket = dir.resolve("dispatch.sock");
    listener = Listener.unix(socket, Engine.offer(new VersionGrpc.VersionImplBase() {
      @Override
      public void version(Empty request, StreamObserver<VersionResponse> out) {
        Calls.unary(out, () -> {
          unary.run();
          return VersionResponse.newBuilder().setVersion(thread()).build();
        });
      }
    }, new StreamingGrpc.StreamingImplBase() {
      @Override
      public StreamObserver<Any> stream(StreamObserver<Any> observer) {
        var out = (ServerCallStreamObserver<Any>) observer;
        out.disableAutoRequest();
        out.request(MANY + 1); // else one comes when the one before is done
        return streaming.apply(out);
      }
    }, new ImagesGrpc.ImagesImplBase() {
      @Override
      public void get(GetImageRequest request, StreamObserver<GetImageResponse> out) {
        Calls.unary(out, () -> {
          if (request.getName().equals("damaged")) throw new IOException("it cannot be read");
          return Optional.of(image(thread())).filter(i -> request.getName().equals("known"));
        }, () -> {
          unary.run();
          return image(thread());
        });
      }
    }, new EventsGrpc.EventsImplBase() {
      @Override
      public void subscribe(SubscribeRequest request, StreamObserver<Envelope> out) {
        told.add(thread());
        Outflow.start(out, "outflow", to -> {
          unary.run();
          to.send(Envelope.newBuilder().setTopic(thread()).build());
        });
      }
    }));
    channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile())).channelType(EpollDomainSocketChannel.class)
        .eventLoopGroup(loops).usePlaintext().build();
  }

  @AfterEach
  void close() throws InterruptedException {
    go.countDown();
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    listener.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  /** Of which kind the present one is. */
  private static String thread() {
    return (Thread.currentThread().isVirtual() ? "virtual " : "platform ") + Thread.currentThread().getName().replaceFirst("-\\d.*", "");
  }

  private String next() throws InterruptedException {
    String next = told.poll(20, TimeUnit.SECONDS);
    if (next == null) throw new AssertionError("nothing was told within 20 s");
    return next;
  }

  private static GetImageResponse image(String name) {
    return GetImageResponse.newBuilder().setImage(Image.newBuilder().setName(name)).build();
  }

  private String version() {
    return VersionGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS).version(Empty.getDefaultInstance()).getVersion();
  }

  private static Any message(int i) {
    return Any.newBuilder().setTypeUrl(Integer.toString(i)).build();
  }

  /** A client's side of a stream. */
  private final class Client implements StreamObserver<Any> {
    final BlockingQueue<Status> end = new LinkedBlockingQueue<>();
    final StreamObserver<Any> to = StreamingGrpc.newStub(channel).stream(this);

    @Override
    public void onNext(Any message) {
      // Only how it ends is looked at.
    }

    @Override
    public void onError(Throwable e) {
      end.add(Status.fromThrowable(e));
    }

    @Override
    public void onCompleted() {
      end.add(Status.OK);
    }

    Status.Code end() throws InterruptedException {
      Status status = end.poll(20, TimeUnit.SECONDS);
      if (status == null) throw new AssertionError("the call did not end within 20 s");
      return status.getCode();
    }
  }

  /** A service's side: tells what comes, and does something at message 0. */
  private final class Told implements StreamObserver<Any> {
    private final StreamObserver<Any> out;
    private final Work first;

    Told(StreamObserver<Any> out, Work first) {
      this.out = out;
      this.first = first;
    }

    @Override
    public void onNext(Any message) {
      told.add(thread() + " " + message.getTypeUrl());
      if (!message.getTypeUrl().equals("0")) return;
      try {
        Calls.interruptible(() -> {
          first.run();
          return null;
        });
      } catch (IOException | InterruptedException e) {
        told.add("interrupted");
      }
    }

    @Override
    public void onError(Throwable e) {
      told.add(thread() + " gone");
    }

    @Override
    public void onCompleted() {
      told.add(thread() + " completed");
      out.onCompleted();
    }
  }

  @Test
  void whatIsKnownIsAnsweredByTheTransport() {
    unary = go::await;
    var known = ImagesGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS)
        .get(GetImageRequest.newBuilder().setName("known")
        .build());
    assertEquals("platform api-io", known.getImage().getName());
  }

  @Test
  void whatIsNotKnownIsWaitedForElsewhere() throws Exception {
    unary = go::await;
    var stub = ImagesGrpc.newFutureStub(channel);
    var answers = Stream.of("unknown", "damaged").map(n -> stub.get(GetImageRequest.newBuilder().setName(n).build())).toList();
    whatIsKnownIsAnsweredByTheTransport(); // all of it has come: one connection
    assertTrue(answers.stream().noneMatch(Future::isDone));
    go.countDown();
    for (var a : answers) assertEquals("virtual api-call", a.get(20, TimeUnit.SECONDS).getImage().getName());
  }

  /** The client's end too waits for its turn. */
  @Test
  void aStreamIsToldInOrderAndOffTheTransport() throws Exception {
    streaming = out -> {
      told.add(thread());
      return new Told(out, go::await);
    };
    var client = new Client();
    for (int i = 0; i < MANY; i++) client.to.onNext(message(i));
    client.to.onCompleted();
    List<String> expected = new ArrayList<>(List.of("platform api-io"));
    for (int i = 0; i < MANY; i++) expected.add("virtual api-call " + i);
    expected.add("virtual api-call completed");
    assertEquals(expected.subList(0, 2), List.of(next(), next()));
    version(); // all of it has come: one connection
    assertEquals(List.of(), List.copyOf(told), "the first message is still at work");
    go.countDown();
    assertEquals(Status.Code.OK, client.end());
    assertEquals(expected.subList(2, expected.size()), List.copyOf(told));
  }

  @Test
  void aClientThatLeavesInterruptsWhatIsAtWork() throws Exception {
    streaming = out -> new Told(out, go::await);
    var client = new Client();
    client.to.onNext(message(0));
    assertEquals("virtual api-call 0", next());
    client.to.onNext(message(1));
    client.to.onError(Status.CANCELLED.asRuntimeException());
    List<String> then = new ArrayList<>(List.of(next(), next()));
    if (then.getLast().endsWith(" 1")) then.set(1, next()); // it may have come before
    assertEquals(List.of("interrupted", "virtual api-call gone"), then);
  }

  /** Nothing is told any more of a call that has failed, but that it is over. */
  @Test
  void anErrorEndsItsCall() throws Exception {
    Work error = () -> {
      throw new NoClassDefFoundError("of a bundle that is just replaced");
    };
    unary = error;
    assertEquals(Status.Code.INTERNAL, assertThrows(StatusRuntimeException.class, this::version).getStatus()
        .getCode());
    unary = () -> { };
    var over = new CountDownLatch(1);
    streaming = out -> {
      out.setOnCloseHandler(over::countDown);
      return new Told(out, () -> {
        go.await();
        error.run();
      });
    };
    var client = new Client();
    client.to.onNext(message(0));
    assertEquals("virtual api-call 0", next());
    client.to.onNext(message(1));
    client.to.onCompleted();
    version(); // they have come
    go.countDown();
    assertEquals(Status.Code.INTERNAL, client.end());
    assertTrue(over.await(20, TimeUnit.SECONDS), "the service is told that it is over");
    assertEquals(List.of(), List.copyOf(told));
  }

  /** More calls that wait than the transport has threads. */
  @Test
  void whatWaitsIsInNobodysWay() throws Exception {
    assertEquals("virtual api-call", version());
    unary = () -> {
      told.add("waits");
      go.await();
    };
    streaming = out -> new Told(out, go::await);
    List<FutureTask<String>> calls = new ArrayList<>();
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(new FutureTask<>(this::version));
      calls.add(new FutureTask<>(() -> EventsGrpc.newBlockingStub(channel).subscribe(SubscribeRequest.getDefaultInstance()).next()
          .getTopic()));
      clients.add(new Client());
      clients.getLast().to.onNext(message(0));
    }
    for (var c : calls) Thread.ofVirtual().start(c);
    List<String> begun = new ArrayList<>();
    for (int i = 0; i < 32; i++) begun.add(next());
    assertEquals(8, begun.stream().filter("platform api-io"::equals).count(), begun::toString);
    assertEquals(16, begun.stream().filter("waits"::equals).count(), begun::toString);
    unary = () -> { };
    assertEquals("virtual api-call", version());
    go.countDown();
    for (int i = 0; i < calls.size(); i++) {
      assertEquals(i % 2 == 0 ? "virtual api-call" : "virtual outflow", calls.get(i).get(20, TimeUnit.SECONDS));
    }
    for (Client c : clients) {
      c.to.onCompleted();
      assertEquals(Status.Code.OK, c.end());
    }
  }
}
