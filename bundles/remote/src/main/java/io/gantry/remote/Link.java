package io.gantry.remote;

import io.gantry.api.Scope;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The connection to one manager, and calls over it. It is made at the first call, and made again after it was lost; a call that finds
 * nobody fails at once. One thread does the transport; a call is done on the thread that asks.
 */
final class Link implements AutoCloseable {
  /** Largest message, as containerd has it. */
  static final int MESSAGE_BYTES = 16 << 20;

  private static final Metadata.Key<String> NAMESPACE = Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> LEASE = Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);
  /** What a server may send ahead of a reader: more than one of its messages, so that it is not waited for. */
  private static final int AHEAD_BYTES = 4 << 20;

  private static final long END_SECONDS = 2;

  /** Servers refuse clients that ask more often than each five minutes. */
  private static final Duration ALIVE = Duration.ofMinutes(6);

  private final Faults faults;
  private final Patience patience;
  private final EventLoopGroup loop = new EpollEventLoopGroup(1, new DefaultThreadFactory("remote-io", true));
  private final ExecutorService rest = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("remote-", 0).factory());
  private final ManagedChannel channel;

  /** @throws IOException a file of TLS is missing or wrong */
  Link(Address address, Patience patience) throws IOException {
    this.patience = patience;
    this.faults = new Faults(address);
    try {
      this.channel = builder(address).eventLoopGroup(loop).executor(rest).offloadExecutor(rest).maxInboundMessageSize(MESSAGE_BYTES)
          .build();
    } catch (IOException | RuntimeException e) {
      end();
      throw e;
    }
  }

  private static NettyChannelBuilder builder(Address address) throws IOException {
    if (address.tls().isEmpty()) {
      Path socket = address.socket().orElseThrow();
      return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile())).channelType(EpollDomainSocketChannel.class)
          .withOption(ChannelOption.SO_KEEPALIVE, null).overrideAuthority("localhost").usePlaintext(); // null: not set, which warns
    }
    TlsFiles tls = address.tls().get();
    try {
      return NettyChannelBuilder.forAddress(address.host(), address.port(), tls.credentials()).channelType(EpollSocketChannel.class)
          .keepAliveTime(ALIVE.toSeconds(), TimeUnit.SECONDS);
    } catch (IllegalArgumentException e) {
      throw tls.wrong(e);
    }
  }

  /** A question and its answer. */
  <Q, A> A call(Scope scope, MethodDescriptor<Q, A> method, Q request) throws IOException {
    try {
      return ClientCalls.blockingUnaryCall(in(scope), method, options(scope), request);
    } catch (StatusRuntimeException e) {
      throw faults.of(e.getStatus(), e);
    }
  }

  /** A question and a stream of answers, no faster than they are taken. */
  <Q, A> Answers<A> stream(Scope scope, MethodDescriptor<Q, A> method, Q request) throws IOException {
    try {
      return new Answers<>(ClientCalls.blockingV2ServerStreamingCall(in(scope), method, options(scope), request), faults);
    } catch (StatusRuntimeException e) {
      throw faults.of(e.getStatus(), e);
    }
  }

  /** Questions and answers. */
  <Q, A> Dialog<Q, A> dialog(Scope scope, MethodDescriptor<Q, A> method) {
    return new Dialog<>(ClientCalls.blockingBidiStreamingCall(in(scope), method, options(scope)), faults);
  }

  /** Calls by hand: the channel of a scope, whose calls take {@link #options}. */
  Channel in(Scope scope) {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) channel.enterIdle(); // else it stays away, up to minutes
    var headers = new Metadata();
    headers.put(NAMESPACE, scope.namespace());
    scope.lease().ifPresent(lease -> headers.put(LEASE, lease));
    return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  CallOptions options(Scope scope) {
    long left = scope.nanosLeft();
    return left == Long.MAX_VALUE ? CallOptions.DEFAULT : CallOptions.DEFAULT.withDeadlineAfter(left, TimeUnit.NANOSECONDS);
  }

  /** The error that a status means, for calls by hand. */
  IOException fault(Status status, Throwable cause) {
    return faults.of(status, cause);
  }

  IOException interrupted(InterruptedException e) {
    return faults.interrupted(e);
  }

  /** For what is tried again; it ends with this. */
  Patience patience() {
    return patience;
  }

  /** Ends all calls that run. */
  @Override
  public void close() {
    patience.end();
    channel.shutdownNow();
    try {
      channel.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }

  private void end() {
    loop.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(END_SECONDS, TimeUnit.SECONDS);
    rest.shutdownNow();
  }
}
