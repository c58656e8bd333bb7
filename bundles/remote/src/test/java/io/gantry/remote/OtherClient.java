package io.gantry.remote;

import io.gantry.api.ConflictException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.kit.image.Programs;
import io.gantry.service.record.Container;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskRequest;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A client as containerd's own ones are: it makes records, file systems and FIFOs by itself, in a folder of its own. */
final class OtherClient {
  private final RemoteManager manager;
  private final Scope scope;
  private final Path root;

  OtherClient(RemoteManager manager, Scope scope, Path root) throws IOException {
    this.manager = manager;
    this.scope = scope;
    this.root = root;
    Path bin = Files.createDirectories(root.resolve("tree/bin"));
    Files.copy(Programs.find("busybox").orElseThrow(), bin.resolve("busybox"));
    for (String name : List.of("sh", "sleep", "cat", "stty")) Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    for (String name : List.of("proc", "dev", "tmp")) Files.createDirectory(root.resolve("tree").resolve(name));
  }

  /** Makes and starts a process whose streams are FIFOs, and goes. */
  Stdio start(String id, boolean terminal, String script) throws IOException {
    var stdio = new Stdio(fifo("in"), fifo("out"), terminal ? "" : fifo("err"), terminal);
    try (FileChannel out = held(stdio.stdout()); FileChannel err = terminal ? null : held(stdio.stderr())) {
      start(id, stdio, script);
    }
    return stdio;
  }

  void start(String id, Stdio stdio, String script) throws IOException {
    manager.containers().create(scope, new Container(id, "", "io.containerd.runc.v2", Optional.empty(), spec(id, stdio.terminal(), script),
        "", "", Map.of(), Map.of(), Instant.EPOCH, Instant.EPOCH, 0));
    again(id, stdio);
  }

  /** Starts what has its record. */
  void again(String id, Stdio stdio) throws IOException {
    var tree = new Mount("bind", root.resolve("tree").toString(), "", List.of("rbind", "rw"));
    manager.processes().create(scope, new TaskRequest(id, List.of(tree), stdio, Optional.empty()));
    manager.processes().start(scope, ProcessRef.first(id));
  }

  private static FileChannel held(String fifo) throws IOException {
    return FileChannel.open(Path.of(fifo), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private String fifo(String name) throws IOException {
    String fifo = root.resolve(name).toString();
    Programs.output("mkfifo", fifo);
    return fifo;
  }

  private Typed spec(String id, boolean terminal, String script) {
    String namespaces = Stream.of("pid", "ipc", "uts", "mount").map(n -> "{\"type\":\"" + n + "\"}").collect(Collectors.joining(","));
    String mounts = mount("/proc", "proc", "") + "," + mount("/dev", "tmpfs", "") + "," + mount("/dev/pts", "devpts",
        ",\"options\":[\"newinstance\",\"ptmxmode=0666\"]");
    String process = "{\"terminal\":" + terminal + ",\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"/bin/sh\",\"-c\",\""
        + script.replace("\"", "\\\"") + "\"],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"}";
    String spec = "{\"ociVersion\":\"1.0.2\",\"process\":" + process + ",\"root\":{\"path\":\"rootfs\"},\"mounts\":[" + mounts
        + "],\"linux\":{\"cgroupsPath\":\"/client-" + root.getParent().getFileName() + "-" + id + "\",\"namespaces\":[" + namespaces
        + "]}}";
    return new Typed("types.containerd.io/opencontainers/runtime-spec/1/Spec", spec.getBytes(StandardCharsets.UTF_8));
  }

  private static String mount(String destination, String type, String more) {
    return "{\"destination\":\"" + destination + "\",\"type\":\"" + type + "\",\"source\":\"" + type + "\"" + more + "}";
  }

  /** Writes into the FIFO of its input, which its keeper reads. */
  void type(String text) throws IOException {
    Files.writeString(root.resolve("in"), text, StandardOpenOption.WRITE);
  }

  /** Whatever is there of it. */
  void remove(String id) throws IOException {
    ProcessRef first = ProcessRef.first(id);
    try {
      manager.processes().killAll(scope, id, 9);
      manager.processes().await(scope, first);
    } catch (NotFoundException | ConflictException e) {
      // it has ended, or was never made
    }
    try {
      manager.processes().delete(scope, first);
    } catch (NotFoundException e) {
      // it was never made
    }
    try {
      manager.containers().remove(scope, id);
    } catch (NotFoundException e) {
      return; // it was never made
    }
  }
}
