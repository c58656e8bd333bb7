package io.gantry.bench;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.stage.Cleanup;
import io.gantry.stage.Program;
import io.gantry.stage.Sweep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code Bench GANTRY CACHE TOOLS [OPTION…]}: Gantry and containerd side by side, alternating, from one registry on loopback. */
public final class Bench {
  private final Path script;
  private final Path cache;
  private final Path tools;
  private final Options options;

  private Bench(Path script, Path cache, Path tools, Options options) {
    this.script = script;
    this.cache = cache;
    this.tools = tools;
    this.options = options;
  }

  public static void main(String[] args) {
    Bench bench;
    try {
      if (args.length < 3) throw new IllegalArgumentException("usage: Bench GANTRY CACHE TOOLS [OPTION…]");
      bench = new Bench(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Options.parse(Arrays.asList(args).subList(3, args.length)));
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(1);
      return;
    }
    Program.run("bench", bench::run);
  }

  private void run(Cleanup cleanup) throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory(Files.isDirectory(Path.of("/var/tmp")) ? Path.of("/var/tmp") : Path.of("/tmp"),
        "gantry-bench");
    String name = scratch.getFileName().toString();
    var gantry = CpuGroup.create(name + "-gantry");
    if (gantry.isPresent()) cleanup.add("removing a cgroup", gantry.get()::close);
    var containerd = CpuGroup.create(name + "-containerd");
    if (containerd.isPresent()) cleanup.add("removing a cgroup", containerd.get()::close);
    cleanup.add("removing cgroups of containers", new Remains(name)::run);
    cleanup.add("removing what is left", new Sweep(scratch)::all);
    Report report = compare(scratch, cleanup, List.of(new Meter(gantry), new Meter(containerd)));
    report.setting().forEach((k, v) -> System.out.println(k + ": " + v));
    System.out.println("\n" + report.table());
    System.out.println("Medians; cpu is the processor time of daemon, clients and shims meanwhile.");
    if (options.json().isPresent()) Files.write(options.json().get(), report.json());
  }

  private Report compare(Path scratch, Cleanup cleanup, List<Meter> meters) throws IOException, InterruptedException {
    String name = scratch.getFileName().toString();
    RealRegistry registry = RealRegistry.start();
    cleanup.add("stopping the registry", registry::close);
    var containerd = new ContainerdSide(ContainerdSide.Programs.find(tools), scratch.resolve("containerd"), registry.host(), name);
    cleanup.add("stopping containerd", containerd::clear);
    var gantry = new GantrySide(script, scratch.resolve("gantry"), registry.host(), tools);
    cleanup.add("stopping the manager", gantry::end);
    cleanup.add("removing the container", gantry::forget);
    cleanup.add("ending commands", gantry::endCommands);
    images(registry);
    var setting = new LinkedHashMap<String, String>();
    setting.put("containerd", containerd.version());
    setting.put("java", Runtime.version().toString());
    setting.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    setting.put("rounds", Integer.toString(options.rounds()));
    List<Side> sides = List.of(gantry, containerd);
    var client = new ApiClient(ContainerdSide.Programs.find(tools), scratch, registry.host());
    if (options.wants(Measure.API)) client.makeBlob();
    List<Map<Measure, List<Sample>>> samples = List.of(Session.noSamples(), Session.noSamples());
    for (int round = 1; round <= options.rounds(); round++) {
      long[] files = new long[2];
      for (int i = 0; i < 2; i++) {
        say("round " + round + " of " + options.rounds() + ": " + sides.get(i).name());
        Session.dropCaches();
        gantry.configure();
        containerd.configure();
        files[i] = new Session(options, sides.get(i), client, meters.get(i), samples.get(i)).run();
      }
      if (files[0] != files[1]) throw new IOException("gantry unpacked " + files[0] + " files, and containerd " + files[1]);
    }
    return new Report(setting, results(samples.get(0), samples.get(1)));
  }

  private List<Result> results(Map<Measure, List<Sample>> gantry, Map<Measure, List<Sample>> containerd) {
    var all = new ArrayList<Result>();
    for (Measure m : Measure.values()) if (options.wants(m)) all.add(new Result(m, gantry.get(m), containerd.get(m)));
    return all;
  }

  private void images(RealRegistry registry) throws IOException {
    say("making images, and pushing them into a docker-registry on loopback");
    DebImage deb = new DebImage(cache);
    push(registry, Session.REDIS, deb.redis().build(ImageFormat.OCI));
    push(registry, Session.BUSYBOX, deb.busybox().build(ImageFormat.OCI));
    if (options.wants(Measure.LARGE_FIRST, Measure.LARGE, Measure.SMALL, Measure.IDLE_RSS, Measure.IDLE_PSS)) {
      push(registry, Session.FIRST, new LargeImage(1).build());
    }
    if (options.wants(Measure.CTR_PULL)) push(registry, Session.THIRD, new LargeImage(3).build());
    if (options.wants(Measure.LARGE)) push(registry, Session.SECOND, new LargeImage(2).build());
  }

  private static void push(RealRegistry registry, String image, io.gantry.kit.image.Image what) throws IOException {
    registry.push(image.substring(0, image.indexOf(':')), image.substring(image.indexOf(':') + 1), what);
    long packed = what.layers().stream().mapToLong(l -> l.blob().length).sum();
    long plain = what.layers().stream().mapToLong(io.gantry.kit.image.Layer::tarSize).sum();
    say("  " + image + ": " + what.layers().size() + " layers, " + packed / 1_000_000 + " MB, unpacked " + plain / 1_000_000 + " MB");
  }

  private static void say(String text) {
    System.err.println(text);
  }
}
