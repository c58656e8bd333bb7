package io.gantry.itest;

import com.google.protobuf.Empty;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Connections to a manager's API, as many as wanted. */
final class ApiClient implements AutoCloseable {
  /** Warns at each connection of an option that Unix sockets do not have. */
  private static final Logger QUIET = Logger.getLogger("io.grpc.netty.shaded.io.netty.bootstrap");

  static {
    QUIET.setLevel(Level.SEVERE);
  }

  private final Path socket;
  private final EpollEventLoopGroup loops = new EpollEventLoopGroup(2);
  private final List<ManagedChannel> channels = new ArrayList<>();

  ApiClient(Path socket) {
    this.socket = socket;
  }

  /** A connection of its own. */
  ManagedChannel connect() {
    ManagedChannel channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
        .channelType(EpollDomainSocketChannel.class).eventLoopGroup(loops).directExecutor().usePlaintext().build();
    channels.add(channel);
    return channel;
  }

  /** A stub whose calls are made in namespace {@code default}. */
  static <S extends AbstractStub<S>> S named(S stub) {
    return named("default", stub);
  }

  /** One whose calls are made in that namespace. */
  static <S extends AbstractStub<S>> S named(String namespace, S stub) {
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers(namespace)));
  }

  private static Metadata headers(String namespace) {
    var headers = new Metadata();
    headers.put(Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER), namespace);
    return headers;
  }

  /** How long an answer to the simplest call takes. */
  static Duration version(ManagedChannel channel) {
    long begin = System.nanoTime();
    VersionGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS).version(Empty.getDefaultInstance());
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** Sends bytes as the message of a method, whatever they are; how the call ended. */
  static Status send(ManagedChannel channel, MethodDescriptor<?, ?> method, byte[] message, Duration deadline) throws Exception {
    MethodDescriptor<byte[], byte[]> raw = MethodDescriptor.<byte[], byte[]>newBuilder().setType(method.getType())
        .setFullMethodName(method.getFullMethodName()).setRequestMarshaller(RAW).setResponseMarshaller(RAW).build();
    ClientCall<byte[], byte[]> call = channel.newCall(raw, CallOptions.DEFAULT.withDeadlineAfter(deadline.toMillis(),
        TimeUnit.MILLISECONDS));
    var ended = new CompletableFuture<Status>();
    call.start(new ClientCall.Listener<>() {
      @Override
      public void onClose(Status status, Metadata trailers) {
        ended.complete(status);
      }
    }, headers("default"));
    call.request(1);
    call.sendMessage(message);
    call.halfClose();
    return ended.get(deadline.toSeconds() + 20, TimeUnit.SECONDS);
  }

  private static final MethodDescriptor.Marshaller<byte[]> RAW = new MethodDescriptor.Marshaller<>() {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream in) {
      try {
        return in.readAllBytes();
      } catch (IOException e) {
        throw Status.INTERNAL.withCause(e).asRuntimeException();
      }
    }
  };

  @Override
  public void close() throws InterruptedException {
    for (ManagedChannel c : channels) c.shutdownNow();
    for (ManagedChannel c : channels) c.awaitTermination(10, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }
}
