package io.gantry.shell;

import io.gantry.service.shell.Completions;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.threadio.ThreadIO;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes clients on {@code <state>/shell.sock}, which only root can open, and runs each on a thread of its own. */
@Component(immediate = true, service = {})
public final class ShellServer {
  private static final Logger LOG = LoggerFactory.getLogger(ShellServer.class);
  /** How long after the start a command may still come: bundles start in any order. */
  private static final Duration STARTING = Duration.ofSeconds(10);

  /** The framework's property that says where the manager is whose services the commands use; none where this is the manager. */
  private static final String ADDRESS = "gantry.address";

  private static final long PAUSE_MILLIS = 100;
  private final CommandProcessor processor;
  private final ThreadIO threads;
  private final ServerSocketChannel server;
  private final Path socket;
  private final Path history;
  private final Instant ready;
  private final Absent absent;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  volatile Completions completions;

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  volatile ServiceComponentRuntime components;

  /** A client of a manager elsewhere has all its commands when the shell starts: nothing comes later. */
  @Activate
  public ShellServer(BundleContext context, @Reference CommandProcessor processor, @Reference ThreadIO threads) throws IOException {
    this(Path.of(context.getProperty("gantry.state")), history(context), processor, threads,
        context.getProperty(ADDRESS) == null ? STARTING : Duration.ZERO, context.getProperty(ADDRESS) != null);
  }

  private static Path history(BundleContext context) {
    String own = context.getProperty("gantry.history");
    return own != null ? Path.of(own) : Path.of(context.getProperty("gantry.root"), "history");
  }

  ShellServer(Path state, Path history, CommandProcessor processor, ThreadIO threads, Duration starting, boolean far) throws IOException {
    this.absent = new Absent(() -> components, far);
    this.processor = processor;
    this.threads = threads;
    this.ready = Instant.now().plus(starting);
    this.socket = state.resolve("shell.sock");
    this.history = history;
    if (!Files.exists(history)) {
      Files.createFile(history, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.deleteIfExists(socket);
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket)); // its folder is 0700 from the launcher on
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    Thread.ofPlatform().daemon().name("shell-accept").start(this::accept);
  }

  @Deactivate
  void close() throws IOException {
    closed.countDown();
    server.close();
    Files.deleteIfExists(socket);
    for (SocketChannel c : open) c.close();
  }

  private void accept() {
    try {
      while (true) {
        try {
          take(server.accept());
        } catch (ClosedChannelException e) {
          LOG.debug("no more clients are taken on {}", socket);
          return;
        } catch (IOException | OutOfMemoryError e) { // too many descriptors or threads: a moment later there may be fewer
          LOG.error("a client could not be taken on {}; the next one is tried", socket, e);
          if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(SocketChannel channel) throws IOException {
    open.add(channel);
    try {
      Thread.ofPlatform().daemon().name("shell-command").start(() -> session(channel));
    } catch (OutOfMemoryError e) {
      open.remove(channel);
      channel.close();
      throw e;
    }
  }

  private void session(SocketChannel channel) {
    try (channel; var client = new Client(channel)) {
      Request request = client.request();
      Thread command = Thread.currentThread();
      client.onInterrupt(command::interrupt);
      Thread.ofVirtual().name("shell-client").start(client::serve);
      int code;
      if (request.words().isEmpty()) code = new Interactive(processor, threads, () -> completions, history, absent).run(client, request);
      else code = new OneShot(processor, threads, ready, closed, absent).run(client, request);
      client.onInterrupt(() -> { });
      Thread.interrupted(); // a Ctrl-C that came too late
      client.exit(code);
    } catch (IOException e) {
      LOG.debug("a client's session ended early: {}", e.toString());
    } finally {
      open.remove(channel);
    }
  }
}
