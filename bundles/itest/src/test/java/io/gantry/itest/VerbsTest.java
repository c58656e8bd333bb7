package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Platform;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Programs;
import io.gantry.kit.image.RegistryPush;
import io.gantry.kit.registry.FaultyRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Verbs that move, check and change what is in the store, on a real manager; real clients read what they made. */
class VerbsTest extends CtrWorld {
  private static final Platform RISCV = Platform.parse("linux/riscv64");

  private static String ok(String namespace, String... words) throws Exception {
    return manager.ok(Stream.concat(Stream.of("-n", namespace), Stream.of(words)).toArray(String[]::new));
  }

  private static Answer say(String namespace, String... words) throws Exception {
    return manager.run(Stream.concat(Stream.of("-n", namespace), Stream.of(words)).toArray(String[]::new));
  }

  /** For two platforms; of the other than this machine's one layer. */
  private static ImageIndex index(String text) throws Exception {
    Image other = new ImageBuilder().platform(RISCV).layer(new LayerBuilder().file("riscv", text).gzip()).build(ImageFormat.OCI);
    return ImageIndex.of(ImageFormat.OCI, List.of(plain(text), other));
  }

  private static String push(String repository, ImageIndex index) throws Exception {
    new RegistryPush(registry.uri()).push(repository, "1", index);
    return registry.host() + "/" + repository + ":1";
  }

  @Test
  void anImageIsFetchedWithoutUnpacking() throws Exception {
    ImageIndex index = index("fetched");
    String name = push("verbs/fetched", index);
    assertEquals(index.descriptor().digest().toString(), ok("fetch", "dist:fetch", "-q", "--platform", "linux/riscv64", name));
    Answer check = say("fetch", "dist:check");
    assertTrue(check.out().contains("incomplete (1/2)"), check.both()); // for this machine the index and no more
    assertTrue(ok("fetch", "dist:check", "--platform", "linux/riscv64").matches("(?s).*complete \\(4/4\\).*false.*"));
    String told = ok("fetch", "dist:fetch", "--all-platforms", name);
    assertTrue(told.contains(name + ": resolved") && told.contains("elapsed: "), told);
    assertTrue(ok("fetch", "dist:check").matches("(?s).*complete \\(5/5\\).*false.*"), "all is here, and not unpacked");
    assertEquals("", ok("fetch", "snapshot:list", "-q"));
    assertTrue(ours().in("fetch").ok("images", "check").contains("complete ("));
    assertEquals(index.blobs().size(), ok("fetch", "dist:list", "-q").lines().count());
    Answer none = say("fetch", "dist:fetch", "--platform", "linux/s390x", name);
    assertEquals(1, none.code());
    assertEquals("image " + name + " has nothing for linux/s390x; it has linux/amd64, linux/riscv64\n", none.err());
    assertTrue(say("fetch", "dist:fetch", "--all-platforms", "--platform", "linux/amd64", name).err().contains("one or the other"));
    ok("fetch", "dist:pull", "-q", name);
    assertTrue(ok("fetch", "dist:check").contains("true"), "what was fetched is unpacked by a pull");
  }

  @Test
  void oneThingOfARegistryIsWrittenOut() throws Exception {
    ImageIndex index = index("object");
    String name = push("verbs/object", index);
    assertEquals(new String(index.document().bytes()), ok("object", "dist:fetch-object", name));
    for (Blob b : index.blobs()) {
      Path file = dir.resolve("object");
      Process p = new ProcessBuilder(manager.command("-n", "object", "dist:fetch-object", name, b.digest().toString()))
          .redirectOutput(file.toFile()).start();
      assertEquals(0, p.waitFor());
      assertEquals(b.digest(), Blob.digest(Files.readAllBytes(file)));
    }
    assertEquals("", ok("object", "dist:list", "-q"), "nothing is kept");
    String unknown = Blob.digest(new byte[0]).toString();
    Answer none = say("object", "dist:fetch-object", name, unknown);
    assertEquals("1 image " + name + " names no " + unknown, none.code() + " " + none.err().split(";")[0]);
  }

  /** What comes into an archive and out of it again, and to another registry, is the same for all who read it. */
  @Test
  void imagesGoOutAndComeIn() throws Exception {
    ImageIndex index = index("out and in");
    String name = push("verbs/out", index);
    ok("out", "dist:fetch", "-q", "--all-platforms", name);
    Path tar = dir.resolve("out.tar");
    ok("out", "dist:export", "--all-platforms", tar.toString(), name);
    byte[] first = Files.readAllBytes(tar);
    ok("out", "dist:export", "--all-platforms", tar.toString(), name);
    assertEquals(Blob.digest(first), Blob.digest(Files.readAllBytes(tar)), "equal images give equal bytes");
    String listed = new String(Programs.output("skopeo", "inspect", "--raw", "oci-archive:" + tar));
    assertEquals(new String(index.document().bytes()).strip(), listed.strip());

    assertEquals(name + "  " + index.descriptor().digest(), ok("in", "dist:import", "--all-platforms", tar.toString()));
    Answer whole = say("in", "dist:check", name);
    assertTrue(whole.out().matches("(?s).*complete \\(5/5\\).*true.*"), "whole, and unpacked: " + whole.both());
    assertEquals("out and in", ok("in", "ctr:run", "--rm", name, "/bin/cat", "/etc/motd"));
    assertTrue(ours().in("in").ok("images", "check").contains("complete ("));
    String pushed = registry.host() + "/verbs/pushed:2";
    assertEquals(index.descriptor().digest().toString(), ok("in", "dist:push", "-q", "--all-platforms", name, pushed));
    String at = new String(Programs.output("skopeo", "inspect", "--raw", "--tls-verify=false", "docker://" + pushed));
    assertEquals(new String(index.document().bytes()).strip(), at.strip());
    assertEquals(1, say("in", "dist:import", dir.resolve("none.tar").toString()).code());
    Answer empty = say("empty", "dist:import", Files.write(dir.resolve("junk.tar"), new byte[2000]).toString());
    assertEquals(1, empty.code(), empty.both());
    assertEquals("", ok("empty", "dist:images", "-q"));
  }

  private static Path file(Blob blob) throws IOException {
    try (Stream<Path> all = Files.walk(manager.root())) {
      return all.filter(p -> p.getFileName().toString().equals(blob.digest().hex())).findFirst().orElseThrow();
    }
  }

  private static void flip(Blob blob) throws IOException {
    Path file = file(blob);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
  }

  /** One bit of one layer is another. */
  @Test
  void damageIsFoundAndMended() throws Exception {
    ImageIndex index = index("damage");
    String name = push("verbs/damage", index);
    ok("damage", "dist:fetch", "-q", "--all-platforms", name);
    Answer before = say("damage", "dist:verify", name);
    assertEquals("0 " + name + ": 8 blobs", before.code() + " " + before.out().split(",")[0], before.both());
    Blob layer = index.blobs().get(1);
    flip(layer);
    for (String[] words : List.of(new String[] {"dist:verify", name}, new String[] {"dist:verify", "--all"})) {
      Answer found = say("damage", words);
      assertEquals(1, found.code(), found.both());
      assertTrue(found.err().contains(layer.digest() + " is corrupt: found sha256:"), found.both());
      assertTrue(found.out().endsWith(", 1 corrupt\n"), found.both());
      assertTrue(found.err().endsWith("\nsuch a blob comes again by dist:delete DIGEST, in each namespace that has it, then dist:gc, then "
          + "dist:pull IMAGE\n"), found.both());
    }
    assertTrue(ok("damage", "dist:check", name).contains("complete (5/5)"), "which does not read layers");
    Answer exported = say("damage", "dist:export", "--all-platforms", dir.resolve("damage.tar").toString(), name);
    assertEquals(1, exported.code(), exported.both());
    assertTrue(exported.err().contains(layer.digest().toString()), exported.both());
    assertFalse(Files.exists(dir.resolve("damage.tar")), "half an archive has no name");
    try (FaultyRegistry other = FaultyRegistry.start()) { // which has nothing that could be mounted instead
      Answer pushed = say("damage", "dist:push", "-q", "--all-platforms", name, other.host() + "/verbs/damaged:1");
      assertEquals(1, pushed.code(), pushed.both());
      assertTrue(pushed.err().contains(layer.digest().toString()), pushed.both());
    }
    ok("damage", "dist:delete", layer.digest().toString());
    Answer lacks = say("damage", "dist:check", name);
    assertTrue(lacks.out().contains("incomplete (4/5)") && lacks.out().contains(name + " lacks " + layer.digest()), lacks.both());
    ok("damage", "dist:gc"); // takes the bytes, too
    ok("damage", "dist:fetch", "-q", "--all-platforms", name);
    assertTrue(ok("damage", "dist:verify", name).endsWith("all right"));
  }

  /** Runs dist:edit with an editor of that many words. */
  private static Answer edit(Map<String, String> environment, String... words) throws Exception {
    var builder = new ProcessBuilder(manager.command(Stream.concat(Stream.of("-n", "edit", "dist:edit"), Stream.of(words))
        .toArray(String[]::new)));
    for (String name : List.of("VISUAL", "EDITOR")) builder.environment().remove(name);
    builder.environment().putAll(environment);
    Path out = dir.resolve("edit-out");
    Path err = dir.resolve("edit-err");
    Process p = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    p.getOutputStream().close();
    if (!p.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError("dist:edit does not end");
    return new Answer(p.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Test
  void aBlobIsChangedInAnEditor() throws Exception {
    String old = manager.typing("old words\n", "-n", "edit", "dist:ingest", "-l", "containerd.io/gc.root=old", "r").out().strip();
    Answer a = edit(Map.of("EDITOR", "sed -i s/old/new/", "VISUAL", "sed  -i  s/words/things/"), "-l", "containerd.io/gc.root=new", old);
    assertEquals(0, a.code(), a.both());
    assertEquals(Blob.digest("old things\n".getBytes()).toString(), a.out().strip(), "by VISUAL");
    assertEquals("old things", ok("edit", "dist:get", a.out().strip()));
    assertEquals("containerd.io/gc.root=new", ok("edit", "dist:label", a.out().strip()));
    assertEquals(old, edit(Map.of("EDITOR", "true"), old).out().strip(), "nothing was changed");
    assertEquals(ours().in("edit").ok("content", "get", old), "old words");

    Answer failed = edit(Map.of("EDITOR", "false"), old);
    assertEquals("1 dist:edit: the editor 'false' ended with exit code 1; nothing was made\n", failed.code() + " " + failed.err());
    Answer none = edit(Map.of("EDITOR", "no-such-editor"), old);
    assertTrue(none.code() == 1 && none.err().contains("the editor 'no-such-editor' could not be started"), none.both());
    Answer vi = edit(Map.of(), old);
    assertTrue(vi.code() == 1 && vi.err().contains("there is no terminal for vi; set VISUAL or EDITOR"), vi.both());
    assertEquals(2, ok("edit", "dist:list", "-q").lines().count());
    assertEquals("", ok("edit", "dist:active", "-q"));
  }

  /** The terminal is the editor's, Ctrl-C too, until it ends; and a client that is killed ends the editing. */
  @Test
  void anEditorHasTheTerminal() throws Exception {
    String old = manager.typing("old words\n", "-n", "edit-tty", "dist:ingest", "-l", "containerd.io/gc.root=old", "r").out().strip();
    Path editor = program("editor",
        "#!/bin/sh\ntrap 'echo interrupted' INT\necho editing\nwhile ! read line; do :; done\necho \"$line\" > $1\n");
    Path env = program("with-editor", "#!/bin/sh\nEDITOR=" + editor + " exec \"$@\"\n");
    var command = new ArrayList<>(List.of(env.toString()));
    command.addAll(manager.command("-n", "edit-tty", "dist:edit", old));
    try (Tty tty = new Tty(100, 30, command)) {
      tty.until("editing").type("\u0003").until("interrupted").type("typed\r").until(Blob.digest("typed\n".getBytes()).toString());
      assertEquals(0, tty.exit(), tty.all());
    }
    try (Tty tty = new Tty(100, 30, command)) {
      tty.until("editing").hangUp();
    }
    until("no copy is left", () -> {
      try (Stream<Path> all = Files.list(manager.state())) {
        return all.noneMatch(p -> p.getFileName().toString().startsWith("edit-"));
      }
    });
  }
}
