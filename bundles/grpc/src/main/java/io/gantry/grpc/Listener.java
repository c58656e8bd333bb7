package io.gantry.grpc;

import io.gantry.api.InvalidException;
import io.grpc.BindableService;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.ResourceLeakDetector;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One address that clients connect to. What waits runs on virtual threads ({@link Dispatch}); bytes pass through the transport's. */
final class Listener implements AutoCloseable {
  /** Largest message, as containerd has it. */
  static final int MESSAGE_BYTES = 16 << 20;

  /** Open calls of one connection; a client of HTTP/2 waits with more. Above what {@link Streams} allows, so that it is asked first. */
  private static final int CALLS = 5_000;
  private static final int LOOPS = 2;
  /** A client of the network that is gone without a word keeps the ref it writes no longer than this, and its answer's time. */
  private static final long ALIVE_SECONDS = 30;
  private static final long ALIVE_ANSWER_SECONDS = 10;
  private static final long END_SECONDS = 2;

  /**
   * What is read at a time, and how often in a row. A frame of a message, of 16 KiB, keeps the whole of what it was read into: larger
   * pieces, of many streams or not full, took four times as much memory as there were bytes of messages.
   */
  private static final int READ_BYTES = 16 << 10;

  private static final int READS = 64;

  /** No message is larger when it is unpacked than as it came. */
  private static final DecompressorRegistry PLAIN = DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false);

  static {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // it takes a stack trace of every hundredth buffer
  }

  private final Server server;
  private final List<EventLoopGroup> loops;
  private final String address;

  /** What an address offers, and the memory for what clients send there, which may be that of other addresses too. */
  record Offer(List<BindableService> services, InflowBudget inflow) {}

  private Listener(String address, NettyServerBuilder builder, Offer offer, List<EventLoopGroup> loops) throws IOException {
    this.address = address;
    this.loops = loops;
    var all = new ArrayList<BindableService>(offer.services());
    all.add(new HealthStatusManager().getHealthService());
    all.add(ProtoReflectionServiceV1.newInstance());
    all.add(ProtoReflectionService.newInstance()); // v1alpha, which older clients ask
    all.forEach(s -> builder.addService(Requests.of(s.bindService())));
    builder.withChildOption(ChannelOption.RCVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1 << 10, 2 << 10, READ_BYTES)
        .maxMessagesPerRead(READS));
    this.server = builder.intercept(new Calls()).intercept(new Dispatch()).intercept(offer.inflow()).addStreamTracerFactory(offer.inflow())
        .decompressorRegistry(PLAIN).maxConcurrentCallsPerConnection(CALLS).directExecutor().maxInboundMessageSize(MESSAGE_BYTES).build();
    try {
      server.start();
    } catch (IOException e) {
      close();
      String why = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
      throw new IOException("could not serve containerd's API on " + address + ": " + e.getMessage() + why, e);
    }
  }

  /** A Unix socket that root alone opens; a file left by a manager that was killed is replaced. */
  static Listener unix(Path socket, Offer offer) throws IOException {
    Files.deleteIfExists(socket);
    EventLoopGroup accept = loops("api-accept", 1);
    EventLoopGroup work = loops("api-io", LOOPS);
    var builder = NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile())).channelType(EpollServerDomainSocketChannel.class)
        .bossEventLoopGroup(accept).workerEventLoopGroup(work);
    var listener = new Listener(socket.toString(), builder, offer, List.of(accept, work));
    try {
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    return listener;
  }

  /**
   * An address of the network, by TLS; who has no certificate that one of {@code tls.clients} signed is turned away before a call begins.
   *
   * @param address {@code HOST:PORT}; port 0 for any that is free
   * @throws InvalidException the address is none, or a file of TLS is not named, or is not what it should be
   * @throws IOException a file cannot be read, or the address is in use
   */
  static Listener tcp(String address, TlsFiles tls, Offer offer) throws IOException {
    int colon = address.lastIndexOf(':');
    if (colon <= 0 || !address.substring(colon + 1).matches("\\d{1,5}")) {
      throw new InvalidException("address = '" + address + "', expected HOST:PORT, e.g. 127.0.0.1:7443");
    }
    var where = new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    NettyServerBuilder builder = builder(where, tls); // before threads and descriptors are there
    EventLoopGroup accept = loops("api-tcp-accept", 1);
    EventLoopGroup work = loops("api-tcp-io", LOOPS);
    builder.channelType(EpollServerSocketChannel.class).bossEventLoopGroup(accept).workerEventLoopGroup(work)
        .keepAliveTime(ALIVE_SECONDS, TimeUnit.SECONDS).keepAliveTimeout(ALIVE_ANSWER_SECONDS, TimeUnit.SECONDS);
    return new Listener(address, builder, offer, List.of(accept, work));
  }

  private static NettyServerBuilder builder(InetSocketAddress where, TlsFiles tls) throws IOException {
    ServerCredentials credentials = tls.credentials();
    try {
      return NettyServerBuilder.forAddress(where, credentials);
    } catch (IllegalArgumentException e) {
      throw tls.wrong(e);
    }
  }

  /** Of the network; -1 for a Unix socket. */
  int port() {
    return server.getPort();
  }

  private static EventLoopGroup loops(String name, int threads) {
    return new EpollEventLoopGroup(threads, new DefaultThreadFactory(name, true));
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
      for (EventLoopGroup g : loops) g.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS).await(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return address;
  }
}
