package io.gantry.unpack;

import io.gantry.linux.Budget;
import io.gantry.linux.Fd;
import io.gantry.linux.FsContext;
import io.gantry.linux.Mounting;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real overlay: folders of sealed layers, and one upper folder for the layer at work. */
final class Overlay implements AutoCloseable {
  final Path lower;
  final Path merged;
  Path upper;
  private final List<Path> sealed = new ArrayList<>();
  private final Root root;
  private int made;
  private boolean mounted;

  Overlay(Root root) throws IOException {
    this.root = root;
    lower = root.folder("lower");
    sealed.add(lower);
    merged = root.folder("merged");
    fresh();
  }

  /** An empty upper folder. */
  void fresh() throws IOException {
    upper = root.folder("upper" + ++made);
  }

  void emptyUpper() throws IOException {
    try (Fd parent = Fd.open(root.path)) {
      Trees.remove(parent, Names.of(upper.getFileName().toString()), Budget.unlimited());
    }
    Files.createDirectory(upper);
  }

  /** The upper folder is a layer for the next. */
  void seal() throws IOException {
    sealed.add(upper);
    fresh();
  }

  void mount() throws IOException {
    Path work = root.folder("work" + ++made);
    try (FsContext fs = FsContext.open("overlay")) {
      fs.string("source", "test");
      for (Path l : sealed.reversed()) fs.string("lowerdir+", l.toString());
      fs.string("upperdir", upper.toString());
      fs.string("workdir", work.toString());
      try (Fd m = fs.mount(0); Fd at = Fd.open(merged, Open.PATH | Open.DIRECTORY, 0)) {
        Mounting.move(m, at);
      }
    }
    mounted = true;
  }

  void unmount() throws IOException {
    if (mounted) Mounting.unmount(merged, 0);
    mounted = false;
  }

  @Override
  public void close() throws IOException {
    unmount();
  }
}
