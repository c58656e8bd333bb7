package io.gantry.demo;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.kit.registry.ThrottledProxy;
import io.gantry.kit.story.Redis;
import io.gantry.stage.Cleanup;
import io.gantry.stage.PrivateManager;
import io.gantry.stage.Sweep;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code Demo GANTRY HOME CACHE TOOLS}: pulls redis, lists it, runs it, kills the manager under it, replaces every driver under load, and
 * takes all away again.
 */
public final class Demo {
  private static final String IMAGE = "docker.io/library/redis:latest";
  /** Exit code after Ctrl-C, ours and a command's. */
  private static final int INTERRUPTED = 130;
  private static final int REDIS_PORT = 6379;
  private static final long BYTES_PER_SECOND = 8 << 20;
  private static final int LEAVING_SECONDS = 20;

  private final Path script;
  private final Path home;
  private final Path cache;
  private final Path tools;
  private volatile boolean runs;

  private Demo(Path script, Path home, Path cache, Path tools) {
    this.script = script;
    this.home = home;
    this.cache = cache;
    this.tools = tools;
  }

  public static void main(String[] args) {
    if (args.length != 4) {
      System.err.println("usage: Demo GANTRY HOME CACHE TOOLS");
      System.exit(1);
    }
    var demo = new Demo(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Path.of(args[3]));
    try {
      demo.run();
    } catch (IOException e) {
      if (interrupted(e)) leave();
      System.err.println("\ndemo: " + e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      leave();
    }
  }

  private static void leave() {
    System.err.println("\ndemo: interrupted");
    System.exit(INTERRUPTED);
  }

  /** Whether Ctrl-C is behind it: it interrupts us, in the middle of reading perhaps, and the commands that run for us too. */
  static boolean interrupted(IOException e) {
    if (Thread.currentThread().isInterrupted() || ending()) return true;
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof InterruptedIOException || t instanceof ClosedByInterruptException || t instanceof InterruptedException) return true;
      if (String.valueOf(t.getMessage()).contains("' ended with code " + INTERRUPTED)) return true;
    }
    return false;
  }

  /** Whether the process has begun to end: no hook is taken any more. */
  private static boolean ending() {
    Thread hook = new Thread(() -> { });
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return !Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private void run() throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("gantry-demo");
    var gantry = new PrivateManager(script, scratch.resolve("root"), scratch.resolve("state"));
    var cleanup = new Cleanup("demo");
    var left = new CountDownLatch(1);
    onInterrupt(Thread.currentThread(), left, cleanup);
    try {
      cleanup.add("removing what is left", new Sweep(scratch)::all);
      show(scratch, gantry, cleanup);
    } finally {
      left.countDown();
      apart(cleanup::run);
    }
    System.out.println(
        "\nAll is removed. Next: './gantry start' starts a manager that stays, './gantry shell' talks to it, README.md tells more.");
  }

  /** The worker goes first, or it would begin something more beside the cleanup. */
  private static void onInterrupt(Thread worker, CountDownLatch left, Cleanup cleanup) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      worker.interrupt();
      try {
        if (!left.await(LEAVING_SECONDS, TimeUnit.SECONDS)) System.err.println("demo: cleaning up beside what does not end");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      cleanup.run();
    }, "cleanup"));
  }

  /** Only a manager can; where none runs, or one has just begun to start, it is waited for. */
  private static void remove(PrivateManager gantry, String container) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LEAVING_SECONDS);
    while (true) {
      try {
        if (gantry.pid().isEmpty()) gantry.ask("start");
        if (gantry.ask("ctr:list", "-q").lines().toList().contains(container)) gantry.ask("ctr:delete", "-f", container);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) throw e;
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  /** Ends the commands that still run for us: one that was just begun when Ctrl-C came has not got it. */
  private static void endCommands(Path scratch) throws InterruptedException {
    for (ProcessHandle p : ProcessHandle.current().descendants().toList()) {
      if (!p.info().commandLine().orElse("").contains(scratch + "/")) continue;
      p.destroy();
      try {
        p.onExit().get(LEAVING_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        p.destroyForcibly();
      }
    }
  }

  /** On a thread of its own: Ctrl-C may come, and interrupt this one, when something that it ended has brought us here already. */
  static void apart(Runnable work) {
    Thread t = Thread.ofPlatform().name("cleanup").start(work);
    boolean interrupted = false;
    while (t.isAlive()) {
      try {
        t.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  private void show(Path scratch, PrivateManager gantry, Cleanup cleanup) throws IOException, InterruptedException {
    say("making a redis image from Debian packages, and pushing it into a docker-registry on loopback");
    RealRegistry registry = RealRegistry.start();
    cleanup.add("stopping the registry", registry::close);
    ThrottledProxy proxy = ThrottledProxy.start(registry.uri(), BYTES_PER_SECOND);
    cleanup.add("stopping the proxy", proxy::close);
    cleanup.add("stopping the manager", () -> gantry.ask("stop"));
    cleanup.add("ending commands", () -> endCommands(scratch));
    registry.push("library/redis", "latest", new DebImage(cache).redis().build(ImageFormat.OCI));
    gantry.mirror("docker.io", proxy.uri().toString());
    gantry.programs(tools);
    gantry.show("start");
    gantry.show("dist:pull", IMAGE);
    gantry.show("dist:images");
    int port = port();
    Redis redis = new Redis(port);
    List<String> run = new ArrayList<>(List.of("ctr:run", "--id", "foo", "--net-host", "-d", IMAGE, "/usr/local/bin/redis-server"));
    if (port != REDIS_PORT) {
      say("port " + REDIS_PORT + " is taken here, so redis gets port " + port);
      run.addAll(List.of("--port", Integer.toString(port)));
    }
    cleanup.add("removing the container", () -> {
      if (runs) remove(gantry, "foo");
    });
    cleanup.add("ending commands", () -> endCommands(scratch));
    runs = true;
    gantry.show(run.toArray(String[]::new));
    redis.awaitReady(Duration.ofSeconds(20));
    for (String c : List.of("SET greeting hello", "SAVE", "GET greeting", "PING")) say("redis> " + c + "  →  " + redis.ask(c));
    killed(gantry, redis);
    say("replacing every driver by another build, while images of " + Pulls.LAYERS + " layers are pulled again and again and redis runs");
    new Swaps(gantry, home.resolve("bundles"), scratch, redis).run(registry, proxy);
    gantry.show("driver:list");
    say("redis> GET greeting  →  " + redis.ask("GET greeting"));
    gantry.show("ctr:delete", "-f", "foo");
    runs = false;
    gantry.show("dist:rmi", IMAGE);
    gantry.show("stop");
  }

  private static void killed(PrivateManager gantry, Redis redis) throws IOException, InterruptedException {
    String before = pid(gantry);
    long manager = Long.parseLong(Files.readString(gantry.state().resolve("gantry.pid")).strip());
    say("$ kill -9 " + manager + "      (the manager; redis has pid " + before + ")");
    ProcessHandle handle = ProcessHandle.of(manager).orElseThrow(() -> new IOException("the manager is gone already"));
    handle.destroyForcibly();
    handle.onExit().join();
    say("redis> GET greeting  →  " + redis.ask("GET greeting") + "      (no manager runs)");
    gantry.show("start");
    gantry.show("ctr:list");
    String after = pid(gantry);
    if (!after.equals(before)) throw new IOException("redis had pid " + before + " and has " + after);
    String value = redis.ask("GET greeting");
    if (!value.equals("hello")) throw new IOException("redis lost its value: " + value);
    say("redis still runs, same pid " + after + ", same value " + value);
  }

  private static String pid(PrivateManager gantry) throws IOException, InterruptedException {
    String info = gantry.ask("ctr:info", "foo");
    var m = java.util.regex.Pattern.compile("\"pid\"\\s*:\\s*([0-9]+)").matcher(info);
    if (!m.find()) throw new IOException("ctr:info has no pid: " + info);
    return m.group(1);
  }

  private static int port() throws IOException {
    try (ServerSocket s = new ServerSocket(REDIS_PORT, 1, InetAddress.getLoopbackAddress())) {
      return s.getLocalPort();
    } catch (java.net.BindException e) {
      try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return s.getLocalPort();
      }
    }
  }

  private static void say(String text) {
    System.out.println("\n" + text);
    System.out.flush();
  }
}
