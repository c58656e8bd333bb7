package io.gantry.demo;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.kit.registry.ThrottledProxy;
import io.gantry.kit.story.Redis;
import io.gantry.stage.Cleanup;
import io.gantry.stage.PrivateManager;
import io.gantry.stage.Program;
import io.gantry.stage.Sweep;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code Demo GANTRY HOME CACHE TOOLS}: pulls redis, lists it, runs it, kills the manager under it, replaces every driver under load, and
 * takes all away again.
 */
public final class Demo {
  private static final String IMAGE = "docker.io/library/redis:latest";
  private static final int REDIS_PORT = 6379;
  private static final long BYTES_PER_SECOND = 8 << 20;

  private final Path script;
  private final Path home;
  private final Path cache;
  private final Path tools;

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
    Program.run("demo", new Demo(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Path.of(args[3]))::run);
    System.out.println(
        "\nAll is removed. Next: './gantry start' starts a manager that stays, './gantry shell' talks to it, README.md tells more.");
  }

  private void run(Cleanup cleanup) throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("gantry-demo");
    cleanup.add("removing what is left", new Sweep(scratch)::all);
    var gantry = new PrivateManager(script, scratch.resolve("root"), scratch.resolve("state"));
    say("making a redis image from Debian packages, and pushing it into a docker-registry on loopback");
    RealRegistry registry = RealRegistry.start();
    cleanup.add("stopping the registry", registry::close);
    ThrottledProxy proxy = ThrottledProxy.start(registry.uri(), BYTES_PER_SECOND);
    cleanup.add("stopping the proxy", proxy::close);
    cleanup.add("stopping the manager", () -> gantry.ask("stop"));
    cleanup.add("ending commands", gantry::endCommands);
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
    cleanup.add("removing the container", () -> gantry.forget("foo"));
    cleanup.add("ending commands", gantry::endCommands);
    gantry.show(run.toArray(String[]::new));
    redis.awaitReady(Duration.ofSeconds(20));
    for (String c : List.of("SET greeting hello", "SAVE", "GET greeting", "PING")) say("redis> " + c + "  →  " + redis.ask(c));
    killed(gantry, redis);
    say("replacing every driver by another build, while images of " + Pulls.LAYERS + " layers are pulled again and again and redis runs");
    new Swaps(gantry, home.resolve("bundles"), scratch, redis).run(registry, proxy);
    gantry.show("driver:list");
    say("redis> GET greeting  →  " + redis.ask("GET greeting"));
    gantry.show("ctr:delete", "-f", "foo");
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
    String info = gantry.ask("ctr:info", "--format", "json", "foo");
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
