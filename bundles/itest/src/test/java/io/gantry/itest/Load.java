package io.gantry.itest;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** All that goes on while drivers are replaced: pulls, containers that come and go, redis, a counter. */
final class Load implements AutoCloseable {
  /** The counter prints a line every 10 ms and a little; a machine at work may give it less. */
  private static final long LINES_PER_SECOND = 15;

  private final World world;
  private final long redisPid;
  private final long counterPid;
  private final long start = System.nanoTime();
  private final Loop pulls;
  private final Loop uses;
  private final Loop pings;

  private Load(World world, Tree undisturbed) throws IOException {
    this.world = world;
    this.redisPid = world.pid("redis");
    this.counterPid = world.pid("counter");
    this.pulls = Loop.start("pull, look, forget", Duration.ZERO, () -> world.pullAfresh().mustEqual(undisturbed));
    this.uses = Loop.start("exec, run, delete", Duration.ofMillis(50), world::useContainers);
    this.pings = Loop.start("redis PING", Duration.ofMillis(10), () -> expect("PONG", world.redis().ask("PING")));
  }

  static Load start(World world, Tree undisturbed) throws IOException {
    return new Load(world, undisturbed);
  }

  private static void expect(String wanted, String got) {
    if (!wanted.equals(got)) throw new AssertionError("expected " + wanted + ", got " + got);
  }

  List<Loop> loops() {
    return List.of(pulls, uses, pings);
  }

  void check() {
    loops().forEach(Loop::check);
  }

  /** Waits until each has gone once more, so that something ran on the last builds from its start. */
  void more() throws InterruptedException {
    for (Loop l : loops()) l.more(2);
  }

  void end() throws InterruptedException {
    for (Loop l : loops()) l.end();
  }

  /** Redis is the same process with the same value, and no line of the counter is missing or there twice. */
  void mustHaveKeptAll() throws IOException, InterruptedException {
    expect("hello", world.redis().ask("GET greeting"));
    expect(Long.toString(redisPid), Long.toString(world.pid("redis")));
    expect(Long.toString(counterPid), Long.toString(world.pid("counter")));
    long lines = world.countedLines();
    System.out.println("the counter wrote " + lines + " lines, each is in its log once and in order");
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    if (lines < took.toSeconds() * LINES_PER_SECOND) throw new AssertionError("the counter stood still: " + lines + " lines in " + took);
  }

  @Override
  public void close() throws InterruptedException {
    for (Loop l : loops()) l.close();
  }
}
