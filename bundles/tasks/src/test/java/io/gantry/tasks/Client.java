package io.gantry.tasks;

import static io.gantry.tasks.Host.SCOPE;

import io.gantry.api.Mount;
import io.gantry.api.Typed;
import io.gantry.kit.image.Programs;
import io.gantry.service.record.Container;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A client that makes records, file systems and FIFOs by itself, in a folder of its own. */
final class Client {
  final Path root;
  private final Path tree;

  Client(Path root) throws IOException {
    this.root = Files.createDirectories(root);
    this.tree = root.resolve("tree");
    if (Files.exists(tree)) return;
    Path bin = Files.createDirectories(tree.resolve("bin"));
    Files.copy(Programs.find("busybox").orElseThrow(), bin.resolve("busybox"));
    for (String name : List.of("sh", "sleep", "cat", "stty", "true")) Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    for (String name : List.of("proc", "dev", "tmp")) Files.createDirectory(tree.resolve(name));
  }

  /** A record as a client makes it: of no image of ours, with a spec that is opaque. */
  Container record(String id, boolean terminal, String... args) {
    return record(id, Host.RUNTIME, terminal, args);
  }

  Container record(String id, String runtime, boolean terminal, String... args) {
    String namespaces = Stream.of("pid", "ipc", "uts", "mount").map(n -> "{\"type\":\"" + n + "\"}").collect(Collectors.joining(","));
    String mounts = mount("/proc", "proc", "") + "," + mount("/dev", "tmpfs", "") + "," + mount("/dev/pts", "devpts",
        ",\"options\":[\"newinstance\",\"ptmxmode=0666\"]");
    String spec = "{\"ociVersion\":\"1.0.2\",\"process\":" + process(terminal, args) + ",\"root\":{\"path\":\"rootfs\"},\"mounts\":["
        + mounts + "],\"linux\":{\"cgroupsPath\":\"/client-" + root.getParent().getFileName() + "-" + id + "\",\"namespaces\":["
        + namespaces + "]}}";
    return new Container(id, "", runtime, Optional.empty(), new Typed("types.containerd.io/opencontainers/runtime-spec/1/Spec",
        bytes(spec)),
        "", "", Map.of(), Map.of(), Instant.EPOCH, Instant.EPOCH, 0);
  }

  private static String mount(String destination, String type, String more) {
    return "{\"destination\":\"" + destination + "\",\"type\":\"" + type + "\",\"source\":\"" + type + "\"" + more + "}";
  }

  private static String process(boolean terminal, String... args) {
    String words = Stream.of(args).map(a -> '"' + a.replace("\"", "\\\"") + '"').collect(Collectors.joining(","));
    return "{\"terminal\":" + terminal + ",\"user\":{\"uid\":0,\"gid\":0},\"args\":[" + words
        + "],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"}";
  }

  static Typed added(boolean terminal, String... args) {
    return new Typed("types.containerd.io/opencontainers/runtime-spec/1/Process", bytes(process(terminal, args)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  TaskRequest request(String id, Stdio stdio) {
    return new TaskRequest(id, List.of(new Mount("bind", tree.toString(), "", List.of("rbind", "rw"))), stdio, Optional.empty());
  }

  /** Makes the record and the task. @return its pid */
  long create(Host host, String id, Stdio stdio, String... args) throws IOException {
    host.containers.create(SCOPE, record(id, stdio.terminal(), args));
    return host.tasks.create(SCOPE, request(id, stdio));
  }

  /** Of a FIFO. */
  Path path(String name) {
    return root.resolve("my 100% fifos").resolve(name);
  }

  Path fifo(String name) throws IOException {
    Path fifo = path(name);
    Files.createDirectories(fifo.getParent());
    Programs.output("mkfifo", fifo.toString());
    return fifo;
  }

  /** Opens a FIFO for reading, as {@code ctr} does, and copies it to a file until its end. */
  Process reads(Path fifo) throws IOException {
    return new ProcessBuilder("cat", fifo.toString()).redirectOutput(fifo.resolveSibling(fifo.getFileName() + ".read").toFile()).start();
  }

  static String read(Path fifo) throws IOException {
    return Files.readString(fifo.resolveSibling(fifo.getFileName() + ".read"));
  }
}
