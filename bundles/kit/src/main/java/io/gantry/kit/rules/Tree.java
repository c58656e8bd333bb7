package io.gantry.kit.rules;

import io.gantry.api.Mount;
import io.gantry.kit.Trial;
import io.gantry.kit.UnmetException;
import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a snapshot's mounts show: mounted by mount(8) where we are root; else only a single bind mount, looked at where it comes from. It
 * is unmounted when it is closed, and at the end of the trial at the latest.
 */
final class Tree implements AutoCloseable {
  private final Path root;
  private final List<Path> mounted = new ArrayList<>();
  private final boolean readOnly;

  private Tree(Path root, boolean readOnly) {
    this.root = root;
    this.readOnly = readOnly;
  }

  static Tree of(Trial<?> t, List<Mount> mounts) throws IOException {
    t.check(!mounts.isEmpty(), "a snapshot has no mounts");
    boolean readOnly = mounts.getLast().options().contains("ro");
    boolean bind = mounts.size() == 1 && isBind(mounts.getFirst());
    if (!isRoot()) {
      t.need(bind, "only root can mount " + mounts);
      return new Tree(Path.of(mounts.getFirst().source()), readOnly);
    }
    Tree tree = t.keep(new Tree(t.scratch("tree"), readOnly));
    for (Mount m : mounts) tree.mount(m);
    return tree;
  }

  static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static boolean isBind(Mount m) {
    return m.type().equals("bind") || m.options().contains("bind") || m.options().contains("rbind");
  }

  private void mount(Mount m) throws IOException {
    Path target = m.target().isEmpty() ? root : root.resolve(m.target().replaceFirst("^/+", ""));
    List<String> options = new ArrayList<>(m.options());
    List<String> command = new ArrayList<>(List.of("mount"));
    if (!isBind(m)) command.addAll(List.of("-t", m.type()));
    else if (!options.contains("rbind") && !options.contains("bind")) options.addFirst("bind");
    if (!options.isEmpty()) command.addAll(List.of("-o", String.join(",", options)));
    command.addAll(List.of(m.source(), target.toString()));
    try {
      Programs.output(command.toArray(String[]::new));
    } catch (IOException e) {
      if (e.getMessage().contains("permission denied")) throw new UnmetException("this root may not mount: " + e.getMessage());
      throw e;
    }
    mounted.add(target);
  }

  Path root() {
    return root;
  }

  boolean readOnly() {
    return readOnly;
  }

  Path path(String name) {
    return root.resolve(name);
  }

  Tree write(String name, String text) throws IOException {
    Files.createDirectories(path(name).getParent());
    Files.writeString(path(name), text);
    return this;
  }

  String read(String name) throws IOException {
    return Files.readString(path(name));
  }

  boolean has(String name) {
    return Files.exists(path(name), LinkOption.NOFOLLOW_LINKS);
  }

  /** Every name with what is to be known of it. */
  Map<String, String> listing() throws IOException {
    Map<String, String> all = new TreeMap<>();
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(root)) {
      paths = walk.toList();
    }
    for (Path p : paths) all.put(root.relativize(p).toString(), describe(p));
    return all;
  }

  /** Mode, owner, time to the nanosecond, attributes and content of one name. */
  static String describe(Path p) throws IOException {
    Map<String, Object> a = Files.readAttributes(p, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    String s = Integer.toOctalString((int) a.get("mode")) + " " + a.get("uid") + ":" + a.get("gid") + " " + a.get("lastModifiedTime");
    if (Files.isSymbolicLink(p)) return s + " -> " + Files.readSymbolicLink(p);
    s += xattrs(p);
    return Files.isRegularFile(p) ? s + " " + RecordingSink.content(Files.readAllBytes(p)) : s;
  }

  private static String xattrs(Path p) throws IOException {
    UserDefinedFileAttributeView view = Files.getFileAttributeView(p, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    var s = new StringBuilder();
    if (view == null) return "";
    for (String name : view.list().stream().filter(n -> !n.startsWith("overlay.")).sorted().toList()) {
      var value = java.nio.ByteBuffer.allocate(view.size(name));
      view.read(name, value);
      s.append(' ').append(name).append('=').append(RecordingSink.show(value.array()));
    }
    return s.toString();
  }

  @Override
  public void close() throws IOException {
    while (!mounted.isEmpty()) Programs.output("umount", mounted.removeLast().toString());
  }
}
