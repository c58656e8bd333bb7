package io.gantry.tasks;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.api.Scope;
import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.LeavableDrivers;
import io.gantry.kit.world.LentDrivers;
import io.gantry.kit.world.Told;
import io.gantry.layer.tar.TarLayerComponent;
import io.gantry.linux.MountInfo;
import io.gantry.linux.Names;
import io.gantry.linux.Self;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.mounts.MountTable;
import io.gantry.records.ContainerRecords;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.runtime.shim.ShimComponent;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.event.Events;
import io.gantry.service.record.Table;
import io.gantry.service.task.Attached;
import io.gantry.service.task.ExecRequest;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskInfo;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.overlay.OverlayComponent;
import io.gantry.spi.runtime.TaskState;
import io.gantry.transfer.ImageTreeComponent;
import io.gantry.unpack.UnpackService;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A manager's core over real drivers, with an image of busybox; it can be opened again over the same folder. */
final class Host implements Closeable {
  static final Scope SCOPE = Scope.root();
  static final String IMAGE = "docker.io/library/tools:latest";
  static final String RUNTIME = "io.containerd.runc.v2";
  private final Path root;
  final Components parts;
  final Told told;
  final Events events;
  final Table table;
  final ContainerRecords containers;
  final NamespaceRecords namespaces;
  final MountTable mounts;
  final SnapshotKeys snapshots;
  final TaskService tasks;
  volatile OnEvent onEvent = topic -> { };

  /** Runs on the thread that tells of it, after it was told. */
  @FunctionalInterface
  interface OnEvent {
    void told(String topic) throws Exception;
  }

  Host(Path root) throws IOException {
    this(root, new LeavableDrivers());
  }

  Host(Path root, LentDrivers drivers) throws IOException {
    this.root = root;
    parts = new Components(root, drivers);
    var context = Map.of("gantry.root", root.resolve("root").toString(), "gantry.state", root.resolve("state").toString());
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    parts.driver(LocalComponent.class, "content", "local", Map.of());
    parts.driver(TarLayerComponent.class, "layer", "tar", Map.of("igzip", "none"));
    parts.driver(OverlayComponent.class, "snapshot", "overlayfs", Map.of("gantry.features", "REBASE"));
    openRuntime();
    told = new Told();
    events = (Events) Proxy.newProxyInstance(Events.class.getClassLoader(), new Class<?>[] {Events.class}, (self, method, given) -> {
      Object answer = method.invoke(told, given);
      if (method.getName().equals("publish")) onEvent.told((String) given[1]);
      return answer;
    });
    parts.add(events);
    table = parts.start(TableService.class, Map.of());
    namespaces = parts.start(NamespaceRecords.class, Map.of());
    ImageRecords images = parts.start(ImageRecords.class, Map.of());
    containers = parts.start(ContainerRecords.class, Map.of());
    parts.start(LeaseRecords.class, Map.of());
    Contents contents = parts.start(ContentService.class, Map.of());
    parts.start(ImageTreeComponent.class, Map.of());
    snapshots = parts.start(SnapshotKeys.class, Map.of());
    mounts = parts.start(MountTable.class, context);
    parts.start(UnpackService.class, context);
    if (images.find(SCOPE, IMAGE).isEmpty()) bring(contents, images);
    tasks = parts.start(TaskService.class, context);
  }

  /** Skips the test where it cannot run, and says why. */
  static void require() {
    assumeTrue(Self.isRoot(), "skipped: containers need root");
    for (String p : List.of("busybox", "runc", "containerd-shim-runc-v2")) {
      assumeTrue(Programs.find(p).isPresent(), "skipped: there is no program " + p);
    }
  }

  void openRuntime() throws IOException {
    parts.driver(ShimComponent.class, "runtime", RUNTIME, Map.of());
  }

  private static void bring(Contents contents, ImageRecords images) throws IOException {
    var layer = new LayerBuilder().file("bin/busybox", Files.readAllBytes(Programs.find("busybox").orElseThrow()), 0755);
    for (String name : List.of("sh", "sleep", "echo", "cat", "true", "yes", "head", "kill", "id", "stty")) {
      layer.symlink("bin/" + name, "busybox");
    }
    for (String dir : List.of("proc", "dev", "sys", "tmp")) layer.directory(dir, 0755);
    layer.file("etc/passwd", "root:x:0:0::/:\nsomebody:x:77:78::/:\n").file("etc/group", "them:x:78:\n").file("etc/plain", "no program");
    Image image = new ImageBuilder().layer(layer.gzip()).cmd("/bin/sleep", "1000").env("PATH=/bin", "A=image").build(ImageFormat.OCI);
    for (Blob b : image.blobs()) {
      var spec = new WriterSpec("test-" + b.digest(), Optional.of(b.digest()), OptionalLong.of(b.bytes().length), Map.of());
      try (Writer w = contents.writer(SCOPE, spec)) {
        contents.write(w, offset -> new ByteArrayInputStream(b.bytes(), (int) offset, b.bytes().length));
        w.commit(b.digest(), b.bytes().length);
      }
    }
    images.create(SCOPE, IMAGE, image.descriptor(), Map.of());
  }

  static RunRequest script(String id, String script) {
    return RunRequest.of(id, IMAGE, List.of("/bin/sh", "-c", script));
  }

  static ExecRequest exec(String id, String exec, String script) {
    return new ExecRequest(id, exec, List.of("/bin/sh", "-c", script), List.of(), "", "", false, false);
  }

  String log(String id) throws IOException {
    try (InputStream in = tasks.logs(SCOPE, id, false)) {
      return text(in);
    }
  }

  static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Exit code, standard output and standard error of an attached process. */
  static List<Object> outcome(Attached process) throws Exception {
    try (process) {
      var err = new FutureTask<>(() -> text(process.stderr()));
      Thread.ofPlatform().start(err);
      String out = text(process.stdout());
      return List.of(process.await().code(), out, err.get());
    }
  }

  TaskState.Status status(String id) throws IOException {
    return tasks.get(SCOPE, id).state().map(TaskState::status).orElse(null);
  }

  interface Look<R> {
    R look() throws Exception;
  }

  static <R> R await(Look<R> look, Predicate<R> wanted) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    R last = look.look();
    while (!wanted.test(last) && System.nanoTime() < end) {
      Thread.sleep(20);
      last = look.look();
    }
    if (!wanted.test(last)) throw new AssertionError("not within 20 s; last seen: " + last);
    return last;
  }

  /** Somebody who waits for the end of a process, and is known to. */
  static <R> Future<R> waiting(Callable<R> call) throws Exception {
    var answer = new FutureTask<>(call);
    Thread thread = Thread.ofPlatform().daemon().start(answer);
    await(() -> answer.isDone() || thread.getState() == Thread.State.WAITING && Stream.of(thread.getStackTrace())
        .anyMatch(f -> f.getClassName().equals(Live.class.getName()) && f.getMethodName().equals("await")), Boolean.TRUE::equals);
    if (answer.isDone()) throw new AssertionError("it was not waited for: " + answer);
    return answer;
  }

  /** Makes a file in the container of a process, without another process there, which may be cut off where that is what it waits for. */
  static void touch(TaskState process, String file) throws IOException {
    Files.createFile(Path.of("/proc/" + process.pid() + "/root" + file));
  }

  /** Command lines on this machine that are these words. */
  static List<String> processes(String words) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(p -> Character.isDigit(p.getFileName().toString().charAt(0))).map(p -> {
        try {
          return Files.readString(p.resolve("cmdline"), StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
        } catch (IOException ended) {
          return "";
        }
      }).filter(words::equals).toList();
    }
  }

  /** Ends the shim of a container, which has no time to say so. */
  void killShim(String id) throws IOException {
    Path note = root.resolve("state/runtime/" + RUNTIME + "/task/default/" + id + "/task.json");
    Self.kill(new ObjectMapper().readTree(note.toFile()).get("pid").asInt(), 9);
  }

  /** What containers have on the host below the state folder, and the processes and mounts that name it. */
  List<String> left() throws IOException {
    Path state = root.resolve("state");
    List<String> left = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path p : processes.filter(p -> Character.isDigit(p.getFileName().toString().charAt(0))).toList()) {
        String command = command(p);
        if (command.contains(state.toString()) && !command.contains("java")) left.add("process " + command);
      }
    }
    for (MountInfo m : MountInfo.read()) {
      if (Names.show(m.target()).startsWith(root.toString())) left.add("mount " + Names.show(m.target()));
    }
    if (Files.isDirectory(state)) new Cgroups(state).all(SCOPE.namespace()).forEach(c -> left.add("cgroup " + c));
    for (String folder : List.of("fifo", "mounts", "runtime/" + RUNTIME + "/task/default")) {
      Path dir = state.resolve(folder);
      if (!Files.isDirectory(dir)) continue;
      try (Stream<Path> all = Files.list(dir)) {
        all.map(p -> folder + "/" + p.getFileName()).forEach(left::add);
      }
    }
    return left;
  }

  private static String command(Path process) {
    try {
      return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException ended) {
      return "";
    }
  }

  /** Ends the manager; its containers go on. */
  @Override
  public void close() throws IOException {
    parts.close();
  }

  /** Removes what a test left, and ends the manager. */
  void clear() throws IOException {
    try (this) {
      for (TaskInfo t : tasks.list(SCOPE, "", 100)) tasks.delete(SCOPE, t.container().id(), true);
    }
    List<String> left = left();
    if (!left.isEmpty()) throw new AssertionError("left behind: " + left);
  }
}
