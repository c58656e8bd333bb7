package io.gantry.kit.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Images out of Debian packages, one layer per package: the packages' own archives, so that neither root nor unpacking is needed.
 *
 * @param cache folder in which downloaded packages stay
 */
public record DebImage(Path cache) {
  /** Why this cannot work here, or empty. */
  public static Optional<String> missing() {
    for (String program : List.of("apt-get", "apt-cache", "dpkg-deb")) {
      if (Programs.find(program).isEmpty()) return Optional.of("no " + program + " in the PATH; images are made of Debian packages");
    }
    return Optional.empty();
  }

  /** A server whose command is {@code redis-server}, which is also {@code /usr/local/bin/redis-server}; data lie in {@code /data}. */
  public ImageBuilder redis() throws IOException {
    ImageBuilder image = new ImageBuilder().layer(new LayerBuilder().add(base()).gzip());
    List<String> packages = closure(List.of("redis-server", "redis-tools"));
    download(packages);
    for (String name : packages) image.layer(layer(name));
    return image.layer(new LayerBuilder().add(redisFiles()).gzip())
        .cmd("redis-server").workingDir("/data").volumes("/data").exposedPorts("6379/tcp").stopSignal("SIGTERM")
        .env("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  }

  /** A shell and its tools in one static binary. */
  public ImageBuilder busybox() throws IOException {
    var layer = new LayerBuilder().add(base());
    List<String> tools = List.of("sh", "ls", "cat", "echo", "sleep", "true", "false", "id", "ps", "env", "pwd", "head", "grep", "date",
        "stty", "kill",
        "test", "touch", "rm", "mkdir", "nc", "hostname", "ip", "seq", "dd", "mount", "tail", "wc", "printf", "usleep");
    for (String t : tools) layer.symlink("bin/" + t, "busybox");
    return new ImageBuilder().layer(layer("busybox-static")).layer(layer.gzip()).cmd("sh")
        .env("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  }

  /** One package as a layer, with the owners and modes that Debian gave it. */
  public Layer layer(String debianPackage) throws IOException {
    download(List.of(debianPackage));
    Path deb = cached(debianPackage).orElseThrow(() -> new IOException("apt-get download left no " + debianPackage + " in " + cache));
    return Layer.of(Programs.output("dpkg-deb", "--fsys-tarfile", deb.toString()), Packing.gzip());
  }

  private void download(List<String> packages) throws IOException {
    Files.createDirectories(cache);
    List<String> command = new ArrayList<>(List.of("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download"));
    int words = command.size();
    for (String p : packages) if (cached(p).isEmpty()) command.add(p);
    if (command.size() > words) Programs.outputIn(cache, command.toArray(String[]::new));
  }

  private Optional<Path> cached(String name) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(f -> f.getFileName().toString().startsWith(name + "_") && f.toString().endsWith(".deb")).sorted().findFirst();
    }
  }

  /** The packages and the libraries they need, over all steps; what only installing needs is left out. */
  private static List<String> closure(List<String> roots) throws IOException {
    Map<String, Set<String>> needs = depends(roots);
    Set<String> all = new LinkedHashSet<>();
    List<String> open = new ArrayList<>(roots);
    while (!open.isEmpty()) {
      String next = open.removeFirst();
      if (!all.add(next)) continue;
      for (String n : needs.getOrDefault(next, Set.of())) if (n.startsWith("lib") || n.startsWith("lua-")) open.add(n);
    }
    List<String> lowestFirst = new ArrayList<>(all);
    java.util.Collections.reverse(lowestFirst);
    return lowestFirst;
  }

  private static Map<String, Set<String>> depends(List<String> roots) throws IOException {
    List<String> command = new ArrayList<>(List.of("apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
        "--no-conflicts",
        "--no-breaks", "--no-replaces", "--no-enhances"));
    command.addAll(roots);
    Map<String, Set<String>> needs = new LinkedHashMap<>();
    String current = "";
    for (String line : new String(Programs.output(command.toArray(String[]::new)), java.nio.charset.StandardCharsets.UTF_8).split("\n")) {
      if (!line.startsWith(" ")) current = line.strip();
      int colon = line.indexOf("epends: ");
      if (colon >= 0) needs.computeIfAbsent(current, k -> new LinkedHashSet<>()).add(line.substring(colon + 8).strip());
    }
    return needs;
  }

  private static List<TarEntry> base() {
    return List.of(TarEntry.directory("bin"), TarEntry.directory("dev"), TarEntry.directory("etc"), TarEntry.directory("proc"),
        TarEntry.directory("sys"),
        TarEntry.directory("root").mode(0700), TarEntry.directory("tmp").mode(01777), TarEntry.directory("run"), TarEntry.directory("var"),
        TarEntry.file("etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\nredis:x:999:999::/data:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"),
        TarEntry.file("etc/group", "root:x:0:\nredis:x:999:\nnogroup:x:65534:\n"),
        TarEntry.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        TarEntry.file("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"));
  }

  private static List<TarEntry> redisFiles() {
    return List.of(TarEntry.directory("data").owner(999, 999), TarEntry.directory("usr/local/bin"),
        TarEntry.symlink("usr/local/bin/redis-server", "/usr/bin/redis-server"), TarEntry.symlink("usr/local/bin/redis-cli",
        "/usr/bin/redis-cli"));
  }
}
