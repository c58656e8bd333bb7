package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.kit.image.Programs;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same of images, content and snapshots. */
class CtrImagesTest extends CtrWorld {
  private static final String OPTIONS = "ours say that the kernel is to use neither metacopy nor redirect_dir, whatever its defaults are";
  @Test
  void imagesArePulledAndNamed() throws Exception {
    Comparison c = in("images");
    c.same("images", "ls");
    c.pull(image);
    c.same("images", "ls");
    c.same("images", "ls", "-q");
    c.same("images", "check");
    c.same("images", "check", "-q");
    c.same("images", "tag", image, "example.com/mine:1");
    c.same("images", "tag", image, "example.com/mine:1");
    c.same("images", "tag", "--force", image, "example.com/mine:1");
    c.same("images", "tag", "nosuch", "example.com/mine:2");
    c.same("images", "label", "example.com/mine:1", "a=b");
    c.same("images", "ls", "name==example.com/mine:1");
    c.same("images", "ls", "name~=mine:[0-9]");
    c.same("images", "ls", "labels.a==b");
    c.other("containerd passes over a filter that it cannot read", "images", "ls", "name~=(");
    c.same("content", "ls");
    c.same("snapshots", "ls");
    c.same("images", "rm", "nosuch");
    c.same("images", "rm", "example.com/mine:1");
    c.pull(registry.host() + "/library/nosuch:1");
    c.pull("--snapshotter", "native", image);
    c.same("snapshots", "--snapshotter", "native", "ls");
    c.end();
  }

  @Test
  void snapshotsAreMadeAndCompared() throws Exception {
    Comparison c = in("snapshots");
    c.pull(image);
    c.same("snapshots", "ls");
    c.same("snapshots", "tree");
    c.same("snapshots", "usage");
    c.same("snapshots", "prepare", "empty");
    c.same("snapshots", "prepare", "empty");
    c.same("snapshots", "prepare", "below-nothing", "nosuch");
    c.same("snapshots", "info", "empty");
    c.same("snapshots", "label", "empty", "a=b");
    c.same("snapshots", "commit", "done", "empty");
    c.same("snapshots", "commit", "done", "nosuch");
    c.same("snapshots", "view", "seen", "done");
    c.same("snapshots", "rm", "done");
    c.same("snapshots", "rm", "seen");
    c.same("snapshots", "info", "done");
    c.same("snapshots", "rm", "done");
    c.same("snapshots", "rm", "done");
    c.end();
  }

  @Test
  void imagesArePushed() throws Exception {
    Comparison c = in("push");
    c.pull(image);
    String pushed = registry.host() + "/pushed-SIDE/plain:1";
    c.quietly("images", "push", "--plain-http", pushed, image);
    c.quietly("images", "push", "--plain-http", pushed, image);
    c.quietly("images", "push", "--plain-http", pushed, "nosuch");
    String wanted = digest(image);
    for (String side : List.of("c", "g")) assertEquals(wanted, digest(pushed.replace("SIDE", side)));
    c.same("content", "ls");
    c.end();
  }

  /** What a namespace has pulled, another gets without a byte of a body from the registry, and it stays its own. */
  @Test
  void anotherNamespacePullsWithoutTheRegistry() throws Exception {
    try (FaultyRegistry counting = FaultyRegistry.start()) {
      counting.add("library/shared", "1", plain("shared\n"));
      String shared = counting.host() + "/library/shared:1";
      Comparison first = in("first");
      Comparison second = in("second");
      first.ours().ok("images", "pull", "--plain-http", shared);
      assertEquals(3, counting.requests(On.blobs()).stream().filter(l -> l.bytesSent() > 0).count(), counting.requests()::toString);
      counting.forget();
      second.ours().ok("images", "pull", "--plain-http", shared);
      assertEquals(0, counting.bytesSent(On.every()), counting.requests()::toString);
      first.ours().ok("images", "rm", "--sync", shared);
      for (String digest : first.ours().ok("content", "ls", "-q").lines().toList()) first.ours().ok("content", "rm", digest);
      assertEquals("shared", second.ours().ok("run", "--rm", shared, "in-the-second"));
      assertTrue(second.ours().ok("images", "check").contains("complete"));
    }
  }

  private static String digest(String name) throws Exception {
    return new String(Programs.output("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://" + name));
  }

  @Test
  void imagesAreExportedAndImported() throws Exception {
    Comparison c = in("archive");
    c.pull(image);
    String tar = dir + "/image-SIDE.tar";
    c.same("images", "export", tar, image);
    c.files(tar);
    c.same("images", "export", dir + "/nosuch.tar", "nosuch");
    c.end();
    c = in("archives"); // where nothing is that could lend labels
    c.same("images", "import", tar.replace("SIDE", "OTHER"));
    c.same("images", "ls");
    c.same("images", "check");
    c.same("images", "import", "--base-name", "example.com/base", "--digests", tar);
    c.same("images", "import", "--no-unpack", "--index-name", "example.com/index:1", tar);
    c.same("images", "ls");
    c.same("content", "ls");
    c.same("snapshots", "ls");
    c.same("run", "--rm", image, "imported");
    c.same("images", "import", "/etc/passwd");
    c.end();
  }

  @Test
  void imagesAreConverted() throws Exception {
    Comparison c = in("convert");
    c.pull(image);
    c.same("images", "convert", "--uncompress", "--oci", image, "example.com/plain:tar");
    c.same("images", "convert", image, "example.com/plain:same");
    c.same("images", "convert", "nosuch", "example.com/plain:none");
    c.same("images", "ls");
    c.same("content", "ls");
    c.same("run", "--rm", "example.com/plain:tar", "converted");
    c.end();
  }

  @Test
  void imagesAreMounted() throws Exception {
    Comparison c = in("mount");
    c.pull(image);
    for (Ctr side : List.of(c.ours(), c.theirs())) {
      for (String folder : MOUNTED) Files.createDirectories(side.folder().resolve(folder));
    }
    c.same("images", "mount", image, "DIR/ro");
    c.same("images", "mount", "--rw", image, "DIR/rw");
    c.files("DIR/ro/etc/motd");
    for (Ctr side : List.of(c.ours(), c.theirs())) Files.writeString(side.folder().resolve("rw/etc/new"), "new\n");
    c.same("snapshots", "ls");
    listed(c, "DIR/rw");
    c.same("images", "unmount", "DIR/ro");
    c.same("images", "unmount", "--rm", "DIR/rw");
    c.same("images", "unmount", "--rm", "DIR/ro");
    c.same("images", "mount", "nosuch", "DIR/ro");
    c.same("snapshots", "ls");
    c.end();
  }

  @Test
  void contentIsFetchedAndEdited() throws Exception {
    Comparison c = in("fetch");
    c.quietly("content", "fetch", "--plain-http", image);
    c.same("content", "ls");
    c.same("images", "ls");
    String manifest = digest(image).strip();
    c.same("content", "get", manifest);
    c.same("content", "fetch-object", "--plain-http", image, manifest);
    c.same("content", "fetch-object", "--plain-http", image, manifest.replace('5', '6'));
    Path editor = program("editor", "#!/bin/sh\necho edited >> \"$1\"\n");
    c.same("content", "edit", "--editor", editor.toString(), manifest);
    c.same("content", "edit", "--editor", "/bin/false", manifest);
    c.same("content", "edit", "--editor", editor.toString(), manifest.replace('5', '6'));
    c.same("content", "ls");
    c.same("snapshots", "unpack", manifest);
    c.same("snapshots", "unpack", manifest.replace('5', '6'));
    c.same("snapshots", "ls");
    c.same("content", "prune", "references", "--dry");
    c.same("content", "prune", "references", "--async");
    c.same("content", "ls", "digest==" + manifest); // layers go when each side collects
    c.end();
  }

  @Test
  void snapshotsAreMountedAndDiffed() throws Exception {
    Comparison c = in("diffs");
    c.pull(image);
    List<String> names = c.same("snapshots", "ls").lines().skip(1).map(l -> l.split("\\s+")[0]).toList();
    for (String name : names) c.other(OPTIONS, "snapshots", "prepare", "--target", "DIR/x", "a" + name.substring(7, 12), name);
    c.same("snapshots", "prepare", "first");
    c.same("snapshots", "mounts", "/target", "first");
    c.same("snapshots", "mounts", "/target", "nosuch");
    c.same("snapshots", "view", "seen", names.getFirst());
    c.other("a view of one layer is a bind of containerd's, and an overlay of ours, where whiteouts hide", "snapshots", "mounts", "/target",
        "seen");
    for (String name : names) {
      listed(c, name);
      listed(c, "--keep", "--ref", "diff-of-it", "--label", "a=b", name);
      listed(c, "--media-type", "application/vnd.oci.image.layer.v1.tar", name);
    }
    listed(c, names.getFirst(), names.getLast());
    c.same("snapshots", "diff", "nosuch");
    c.same("snapshots", "diff", "--media-type", "text/plain", names.getFirst());
    c.other("compressors differ, and containerd has collected what was not to be kept", "content", "ls");
    c.end();
  }

  /**
   * The archive that {@code snapshots diff} writes has the same entries with the same attributes. Times of folders and whiteouts are each
   * one's own: containerd's are of the moment of the unpacking, ours those of the image.
   */
  private static void listed(Comparison c, String... words) throws Exception {
    var command = new ArrayList<String>(List.of("snapshots", "diff"));
    command.addAll(List.of(words));
    var entries = new ArrayList<String>();
    for (Ctr side : List.of(c.theirs(), c.ours())) {
      try (Running diff = c.begin(side, command.toArray(String[]::new))) {
        int code = diff.process().waitFor();
        entries.add("code " + code + "\n" + new String(Programs.output("tar", "--numeric-owner", "--full-time", "-tvf", diff.out()
            .toString()))
            .replaceAll("(?m)\\d{4}-\\S+ \\S+(?= (\\S*/|\\S*\\.wh\\.\\S+)$)", "TIME") + Files.readString(diff.err()));
      }
    }
    assertEquals(entries.getFirst(), entries.getLast(), () -> String.join(" ", command));
  }
}
