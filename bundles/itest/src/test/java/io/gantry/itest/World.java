package io.gantry.itest;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ManyFiles;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.kit.registry.ThrottledProxy;
import io.gantry.kit.story.Redis;
import io.gantry.service.content.Contents;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Collector;
import io.gantry.service.gc.Report;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Images;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ExecRequest;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.Transfers;
import io.gantry.spi.runtime.TaskState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;

/** A registry behind a slow line with an image of 30 layers, a redis, and a container that counts; all goes at the end. */
final class World implements AutoCloseable {
  static final Scope SCOPE = Scope.root();
  /** What is pulled again and again has a namespace of its own, so that it can be forgotten. */
  private static final Scope PULLS = SCOPE.withNamespace("pulls");
  private static final int LAYERS = 30;
  private static final int FILES = 12;
  private static final int MEAN_BYTES = 12_000;
  private static final long BYTES_PER_SECOND = 4 << 20;
  private static final String SNAPSHOTTER = "overlayfs";
  private static final String COUNT = "i=0; while true; do i=$((i+1)); echo $i; usleep 10000; done";

  private final BundleContext context;
  private final Services services;
  private final List<String> containers = new ArrayList<>();
  private final RealRegistry registry;
  private final ThrottledProxy proxy;
  private Redis redis;
  private long neededBytes;
  private long fetchedBytes;
  private int shortLived;
  private int trees;

  private World(BundleContext context) throws IOException, InterruptedException {
    this.context = context;
    this.services = new Services(context);
    services.awaitReady();
    this.registry = RealRegistry.start();
    this.proxy = ThrottledProxy.start(registry.uri(), BYTES_PER_SECOND);
  }

  static World make(BundleContext context) throws IOException, InterruptedException {
    World w = new World(context);
    try {
      w.fill();
      return w;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      w.close();
      throw e;
    }
  }

  private void fill() throws IOException, InterruptedException {
    Path hosts = Files.createDirectories(Path.of(context.getProperty("gantry.root"), "hosts", "docker.io"));
    Files.writeString(hosts.resolve("hosts.toml"), "[host.\"" + proxy.uri() + "\"]\n  capabilities = [\"pull\", \"resolve\"]\n");
    var packages = new DebImage(Path.of("target", "packages").toAbsolutePath());
    registry.push("library/redis", "latest", packages.redis().build(ImageFormat.OCI));
    registry.push("library/busybox", "latest", packages.busybox().build(ImageFormat.OCI));
    registry.push("library/many", "latest", new ManyFiles(LAYERS, FILES, MEAN_BYTES, 1).image(ImageFormat.OCI));
    proxy.rate(0);
    pull(SCOPE, "redis");
    pull(SCOPE, "busybox");
    proxy.rate(BYTES_PER_SECOND);
    run(RunRequest.of("counter", image("busybox"), List.of("/bin/sh", "-c", COUNT)));
    int port = freePort();
    run(new RunRequest("redis", image("redis"), List.of("/usr/local/bin/redis-server", "--port", Integer.toString(port)), List.of(), "",
        "", List.of(), true, false, false, "", "", Map.of(), false));
    redis = new Redis(port);
    redis.awaitReady(Duration.ofSeconds(20));
    redis.ask("SET greeting hello");
  }

  private static String image(String name) {
    return "docker.io/library/" + name + ":latest";
  }

  private Pulled pull(Scope scope, String name) throws IOException, InterruptedException {
    return services.get(Transfers.class).pull(scope, PullRequest.of(Reference.parse(image(name))), p -> { });
  }

  private void run(RunRequest request) throws IOException {
    containers.add(request.id());
    tasks().run(SCOPE, request);
  }

  private static int freePort() throws IOException {
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return s.getLocalPort();
    }
  }

  Redis redis() {
    return redis;
  }

  /** Asked for at each use: a component begins anew when its configuration comes. */
  private Tasks tasks() throws IOException {
    try {
      return services.get(Tasks.class);
    } catch (InterruptedException e) {
      throw (IOException) new InterruptedIOException("interrupted while waiting for a service").initCause(e);
    }
  }

  <T> T get(Class<T> type) throws InterruptedException {
    return services.get(type);
  }

  /** Pulls the image of many layers as if it had never been here, and looks at its tree. */
  Tree pullAfresh() throws IOException, InterruptedException {
    forget();
    Pulled pulled = pull(PULLS, "many");
    neededBytes += pulled.sizeBytes();
    fetchedBytes += pulled.fetchedBytes();
    return tree(pulled);
  }

  private Tree tree(Pulled pulled) throws IOException, InterruptedException {
    var resolved = services.get(ImageTree.class).resolve(PULLS, pulled.image().target(), Optional.empty());
    Digest top = Digest.chain(resolved.diffIds()).getLast();
    Snapshots snapshots = services.get(Snapshots.class);
    Mounts mounts = services.get(Mounts.class);
    String key = "tree-" + trees++;
    Path dir = mounts.temporary(Scope.root(), key);
    snapshots.view(PULLS, SNAPSHOTTER, key, Optional.of(top.toString()), Map.of());
    mounts.activate(PULLS, key, snapshots.mounts(PULLS, SNAPSHOTTER, key), dir, "a tree to look at");
    try {
      return Tree.of(dir);
    } finally {
      mounts.deactivate(PULLS, key);
      snapshots.remove(PULLS, SNAPSHOTTER, key);
    }
  }

  /**
   * The names go, and a collection takes all that they referred to, the store's bytes too; where a driver is replaced meanwhile, its things
   * go with a later one.
   */
  void forget() throws IOException, InterruptedException {
    Images images = services.get(Images.class);
    for (var i : images.list(PULLS, "", 100)) images.remove(PULLS, i.name());
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (true) {
      Report report = services.get(Collector.class).collect(PULLS, CollectRequest.defaults());
      if (isEmpty() && report.skipped().isEmpty()) return;
      if (System.nanoTime() > end) throw new AssertionError("it does not go: " + report);
      Thread.sleep(20);
    }
  }

  private boolean isEmpty() throws IOException, InterruptedException {
    return services.get(Contents.class).list(PULLS, Optional.empty(), 1).isEmpty()
        && services.get(Snapshots.class).list(PULLS, SNAPSHOTTER, "", 1).isEmpty();
  }

  /** A process in the container that runs, and a container that comes and goes. */
  void useContainers() throws IOException {
    expect("inside", tasks().exec(SCOPE, new ExecRequest("counter", "", List.of("echo", "inside"), List.of(), "", "", false, false)));
    var r = RunRequest.of("short-" + shortLived++, image("busybox"), List.of("echo", "short"));
    containers.add(r.id());
    expect("short", tasks().runAttached(SCOPE, r));
    tasks().delete(SCOPE, r.id(), false);
    containers.remove(r.id());
  }

  private static void expect(String line, Attached process) throws IOException {
    try (process; InputStream out = process.stdout()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      TaskState.Exit exit = process.await();
      if (exit.code() != 0 || !said.equals(line)) throw new AssertionError("expected '" + line + "', got '" + said + "' and " + exit);
    }
  }

  long pid(String container) throws IOException {
    TaskInfo info = tasks().get(SCOPE, container);
    TaskState state = info.state().orElseThrow(() -> new AssertionError(container + " has no state: " + info.why()));
    if (state.status() != TaskState.Status.RUNNING) throw new AssertionError(container + " is " + state);
    return state.pid();
  }

  /** Stops the counter and reads what it wrote: 1, 2, 3 … each on a line, each once. Answers how many there were. */
  long countedLines() throws IOException, InterruptedException {
    tasks().kill(SCOPE, "counter", 9, true);
    awaitStopped("counter");
    long n = 0;
    try (var in = new BufferedReader(new InputStreamReader(tasks().logs(SCOPE, "counter", false), StandardCharsets.US_ASCII))) {
      for (String line; (line = in.readLine()) != null; n++) {
        if (!line.equals(Long.toString(n + 1))) throw new AssertionError("line " + (n + 1) + " of the counter's log is '" + line + "'");
      }
    }
    return n;
  }

  private void awaitStopped(String container) throws IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (tasks().get(SCOPE, container).state().filter(s -> s.status() == TaskState.Status.STOPPED).isEmpty()) {
      if (System.nanoTime() > end) throw new AssertionError(container + " does not stop: " + tasks().get(SCOPE, container));
      Thread.sleep(20);
    }
  }

  /** Bytes that core read from bodies, as a multiple of the images' sizes. */
  double readAgain() {
    return (double) fetchedBytes / neededBytes;
  }

  long neededBytes() {
    return neededBytes;
  }

  long passedBytes() {
    return proxy.bodyBytes();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    IOException failure = null;
    try (registry; proxy) {
      for (String id : List.copyOf(containers)) failure = delete(id, failure);
      for (var i : services.get(Images.class).list(SCOPE, "", 100)) services.get(Images.class).remove(SCOPE, i.name());
    }
    if (failure != null) throw failure;
  }

  /** All are tried, whatever one says. */
  private IOException delete(String id, IOException before) {
    try {
      tasks().delete(SCOPE, id, true);
    } catch (NotFoundException gone) {
      return before;
    } catch (IOException e) {
      if (before == null) return e;
      before.addSuppressed(e);
    }
    return before;
  }
}
