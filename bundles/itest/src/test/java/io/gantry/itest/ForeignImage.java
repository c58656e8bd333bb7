package io.gantry.itest;

import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.registry.RealRegistry;
import io.gantry.linux.Fd;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image made by {@code umoci} and pushed by {@code skopeo}, with all that images have and few tests do: an entrypoint script, a user, a
 * volume, a file capability, hard links, whiteouts, an opaque folder, folders whose modes only a lower layer knows, and names of all bytes.
 */
final class ForeignImage {
  private final Path dir;
  private final String image;

  ForeignImage(Path dir) throws IOException {
    this.dir = dir;
    this.image = dir.resolve("layout") + ":made";
    Path busybox = Programs.find("busybox").orElseThrow();
    umoci("init", "--layout", dir.resolve("layout").toString());
    umoci("new", "--image", image);
    repacked("base", rootfs -> base(rootfs, busybox));
    repacked("changes", ForeignImage::changes);
    Path file = Files.writeString(dir.resolve("inserted"), "its folders are in the lower layer alone\n");
    insert(file.toString(), "/odd/deep/inserted");
    Path folder = Files.createDirectory(dir.resolve("opaque"));
    Files.writeString(folder.resolve("new"), "the only one\n");
    insert("--opaque", folder.toString(), "/opaque");
    insert("--whiteout", "/gone/whole");
    byte[] linked = new LayerBuilder().hardlink("links/from-above", "links/one").tar();
    umoci("raw", "add-layer", "--image", image, Files.write(dir.resolve("linked.tar"), linked).toString());
    umoci("config", "--image", image, "--config.entrypoint", "/entry.sh", "--config.cmd", "as", "--config.cmd", "told", "--config.user",
        "42:43", "--config.volume", "/data", "--config.env", "GREETING=straße", "--config.workingdir", "/odd");
  }

  /** Why it cannot be made here, or empty. */
  static Optional<String> missing() {
    for (String program : List.of("umoci", "skopeo", "setcap", "busybox")) {
      if (Programs.find(program).isEmpty()) return Optional.of("no " + program + " in the PATH or beneath GANTRY_TOOLS");
    }
    return Optional.empty();
  }

  /** What umoci itself makes of it. */
  Path unpacked() throws IOException {
    Path bundle = dir.resolve("bundle");
    if (!Files.exists(bundle)) umoci("unpack", "--image", image, bundle.toString());
    return bundle.resolve("rootfs");
  }

  /** @param format of skopeo: {@code oci} or {@code v2s2} */
  void push(RealRegistry registry, String name, String format) throws IOException {
    Programs.output("skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", "--format", format, "oci:" + image,
        "docker://" + registry.host() + "/" + name);
  }

  private void umoci(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("umoci"));
    command.addAll(List.of(words));
    Programs.output(command.toArray(String[]::new));
  }

  private void insert(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("insert", "--image", image));
    command.addAll(List.of(words));
    umoci(command.toArray(String[]::new));
  }

  /** Changes a root file system. */
  @FunctionalInterface
  private interface Change {
    void to(Path rootfs) throws IOException;
  }

  private void repacked(String what, Change change) throws IOException {
    Path bundle = dir.resolve(what);
    umoci("unpack", "--image", image, bundle.toString());
    change.to(bundle.resolve("rootfs"));
    umoci("repack", "--image", image, bundle.toString());
  }

  private static void base(Path root, Path busybox) throws IOException {
    Path bin = Files.createDirectory(root.resolve("bin"));
    Files.copy(busybox, bin.resolve("busybox"));
    for (String name : List.of("sh", "id", "pwd", "ls", "cat", "sleep")) Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    for (String name : List.of("etc", "proc", "sys", "dev", "tmp", "data", "gone/whole", "opaque", "links", "devices", "straße")) {
      Files.createDirectories(root.resolve(name));
    }
    script(root.resolve("entry.sh"), "#!/bin/sh\necho \"$GREETING: $(id -u):$(id -g) in $(pwd) $*\"\n");
    for (String name : List.of("gone/file", "gone/whole/inner", "opaque/old", "links/a", "links/one", "straße/größe")) {
      Files.writeString(root.resolve(name), name + "\n");
    }
    Files.createLink(root.resolve("links/b"), root.resolve("links/a"));
    Files.copy(busybox, bin.resolve("capable"));
    Programs.output("setcap", "cap_setuid,cap_setfcap+ep", bin.resolve("capable").toString());
    Files.copy(busybox, bin.resolve("su"));
    special(root);
    odd(root);
    Files.setLastModifiedTime(root.resolve("etc"), FileTime.from(Instant.ofEpochSecond(1_000_000_000, 123_456_789)));
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void special(Path root) throws IOException {
    try (Fd bin = Fd.open(root.resolve("bin"))) {
      try (Fd su = bin.open(Names.of("su"), Open.RDONLY, 0)) {
        su.chmod(06755);
      }
    }
    Programs.output("mknod", "-m", "0620", root.resolve("devices/null").toString(), "c", "1", "3");
    Programs.output("mkfifo", root.resolve("devices/fifo").toString());
    Programs.output("setfattr", "-n", "user.note", "-v", "kept", root.resolve("links/one").toString());
    try (Fd links = Fd.open(root.resolve("links"));
        Fd bytes = links.open(new byte[] {(byte) 0xff, 'x', (byte) 0x80}, Open.WRONLY | Open.CREAT | Open.EXCL, 0640)) {
      bytes.write("a name of bytes\n".getBytes(StandardCharsets.UTF_8));
      bytes.chown(70_000, 80_000);
    }
  }

  /** Folders with modes and owners that nobody would guess. */
  private static void odd(Path root) throws IOException {
    Files.createDirectories(root.resolve("odd/deep"));
    Files.writeString(root.resolve("odd/deep/old"), "old\n");
    try (Fd odd = Fd.open(root.resolve("odd")); Fd deep = Fd.open(root.resolve("odd/deep"))) {
      odd.chown(7, 70_000);
      odd.chmod(01751);
      deep.chown(8, 9);
      deep.chmod(02705);
      deep.utimes(1, 0, 1_500_000_000, 5);
    }
  }

  private static void changes(Path root) throws IOException {
    Files.delete(root.resolve("gone/file"));
    Files.writeString(root.resolve("straße/größe"), "changed\n");
    Files.writeString(root.resolve("links/b"), "both names\n");
    Files.createLink(root.resolve("links/c"), root.resolve("links/a"));
    Files.delete(root.resolve("devices/fifo"));
    Files.createDirectory(root.resolve("devices/fifo")); // another kind of the same name
  }
}
