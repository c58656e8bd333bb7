package io.gantry.snapshot.overlay;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Mount;
import io.gantry.api.Usage;
import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.FsContext;
import io.gantry.linux.Mounting;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Self;
import io.gantry.linux.Trees;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A driver in a folder of its own, and mounts that go with it. */
final class Trial implements AutoCloseable {
  final Path folder;
  final Path root;
  Overlay driver;
  private final Deque<Path> mounted = new ArrayDeque<>();
  private int count;

  Trial() throws IOException {
    assumeTrue(Self.isRoot(), "overlay mounts need root");
    folder = Files.createTempDirectory("overlay-test-").toRealPath();
    root = folder.resolve("root");
    reopen();
  }

  /** A new instance over the same folder, as after a swap. */
  void reopen() throws IOException {
    if (driver != null) driver.close();
    driver = new Overlay(Probe.require(root, Probe.defaults()), Probe.defaults());
  }

  static Snap snap(SnapKind kind, String id, String... parents) {
    return new Snap(new SnapId(id), Arrays.stream(parents).map(SnapId::new).toList(), kind, Map.of(), 7);
  }

  /** An active one, mounted. */
  Path active(String id, String... parents) throws IOException {
    Snap s = snap(SnapKind.ACTIVE, id, parents);
    while (!driver.create(s)) continue;
    return mount(driver.mounts(s));
  }

  Path view(String id, String... parents) throws IOException {
    Snap s = snap(SnapKind.VIEW, id, parents);
    while (!driver.create(s)) continue;
    return mount(driver.mounts(s));
  }

  Usage seal(String id, String... parents) throws IOException {
    Optional<Usage> usage = Optional.empty();
    while (usage.isEmpty()) usage = driver.seal(snap(SnapKind.ACTIVE, id, parents));
    return usage.get();
  }

  Path mount(List<Mount> mounts) throws IOException {
    Path place = Files.createDirectory(folder.resolve("mount-" + count++));
    Mount m = mounts.getFirst();
    try (Fd at = Fd.open(place); Fd made = m.type().equals("bind") ? bind(m) : overlay(m)) {
      Mounting.move(made, at);
    }
    mounted.push(place);
    return place;
  }

  private static Fd bind(Mount m) throws IOException {
    try (Fd from = Fd.open(Path.of(m.source()))) {
      return Mounting.copyOf(from, Names.EMPTY, true);
    }
  }

  private static Fd overlay(Mount m) throws IOException {
    try (FsContext fs = FsContext.open("overlay")) {
      for (String option : m.options()) {
        String[] kv = option.split("=", 2);
        if (kv.length == 1) continue; // ro
        if (kv[0].equals("lowerdir")) {
          for (String lower : kv[1].split(":")) fs.string("lowerdir+", lower);
        } else {
          fs.string(kv[0], kv[1]);
        }
      }
      return fs.mount(m.options().contains("ro") ? Mounting.ATTR_RDONLY : 0);
    }
  }

  void unmount(Path place) throws IOException {
    Mounting.unmount(place, 0);
    mounted.remove(place);
  }

  @Override
  public void close() throws IOException {
    while (!mounted.isEmpty()) Mounting.unmount(mounted.pop(), Mounting.DETACH);
    driver.close();
    try (Fd above = Fd.open(folder.getParent(), Open.DIRECTORY, 0)) {
      Trees.remove(above, Names.of(folder.getFileName()), Budget.unlimited());
    }
  }
}
