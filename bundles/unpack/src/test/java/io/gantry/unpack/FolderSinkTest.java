package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.Sparse;
import io.gantry.kit.image.TarEntry;
import io.gantry.kit.image.TreeDump;
import io.gantry.linux.At;
import io.gantry.linux.Fd;
import io.gantry.linux.FsContext;
import io.gantry.linux.Mounting;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Stat;
import io.gantry.linux.Xattr;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class FolderSinkTest {
  private static byte[] opaque(Path p) throws IOException {
    try (Fd fd = Fd.open(p)) {
      return fd.xattr("trusted.overlay.opaque").orElse(new byte[0]);
    }
  }

  private static Stat stat(Path p) throws IOException {
    return At.stat(At.CWD, Names.of(p)).orElseThrow();
  }

  @Test
  void whiteoutsAreKeptAsOverlayfsDoes() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      Sinks.apply(t, Below.UNKNOWN, new LayerBuilder().directory("d", 0755).whiteout("d/gone").directory("d/mine", 0755).whiteout("d/mine")
          .file("d/f", "f")
          .whiteout("d/f").directory("o", 0755).whiteout("o/x").directory("o/in", 0755).whiteout("o/in/y").opaque("o").whiteout("then")
          .directory("then", 0700).tar());
      assertTrue(stat(t.resolve("d/gone")).isWhiteout());
      assertArrayEquals("y".getBytes(StandardCharsets.UTF_8), opaque(t.resolve("d/mine")), "our own folder hides what is below");
      assertEquals("f", Files.readString(t.resolve("d/f")), "what the layer put there stays");
      assertArrayEquals("y".getBytes(StandardCharsets.UTF_8), opaque(t.resolve("o")));
      assertFalse(Files.exists(t.resolve("o/x")) || Files.exists(t.resolve("o/in/y")), "the kernel shows whiteouts in opaque folders");
      assertArrayEquals("y".getBytes(StandardCharsets.UTF_8), opaque(t.resolve("then")), "a folder after a whiteout does not merge");
      assertEquals(0, opaque(t.resolve("d")).length);
    }
  }

  @Test
  void whatIsBelowIsAskedFor() throws IOException {
    List<LayerBuilder> needy = List.of(new LayerBuilder().file("etc/f", "f"), new LayerBuilder().hardlink("h", "etc/passwd"),
        new LayerBuilder().whiteout("etc/f"),
        new LayerBuilder().opaque("etc"), new LayerBuilder().opaque(""), new LayerBuilder().symlink("l", "usr/lib").file("l/f", "f"),
        new LayerBuilder().file("f", "f").file("f/below", "x"), new LayerBuilder().whiteout("d").file("d/f", "f"), new LayerBuilder()
        .whiteout("w").hardlink("h", "w"),
        new LayerBuilder().add(TarEntry.directory("./").mtime(0, 0)));
    for (int i = 0; i < needy.size(); i++) {
      byte[] tar = needy.get(i).tar();
      try (Root r = new Root()) {
        Path t = r.folder("t");
        assertThrows(NeedsParentsException.class, () -> Sinks.apply(t, Below.UNKNOWN, tar), "case " + i);
      }
    }
  }

  @Test
  void aLinkWithinTheLayerNeedsNothing() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      Sinks.apply(t, Below.UNKNOWN, new LayerBuilder().directory("usr", 0755).directory("usr/lib", 0755).symlink("lib", "usr/lib")
          .file("lib/f", "f").hardlink("h", "lib/f").tar());
      assertEquals("f", Files.readString(t.resolve("usr/lib/f")));
      assertTrue(Files.isSameFile(t.resolve("h"), t.resolve("usr/lib/f")));
    }
  }

  @Test
  void deletesSpareWhatTheLayerPutThere() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      Sinks.apply(t, Below.NOTHING, new LayerBuilder().directory("d", 0755).file("d/old", "o").directory("d/sub", 0700)
          .file("d/sub/old", "o").file("x", "x").directory("g", 0755)
          .file("g/f", "f").tar());
      Sinks.apply(t, Below.TREE, new LayerBuilder().file("d/sub/new", "n").file("x", "mine").opaque("d").whiteout("x").whiteout("g")
          .whiteout("never").tar());
      List<String> names = TreeDump.of(t).stream().map(l -> l.substring(0, l.indexOf(':'))).toList();
      assertEquals(List.of(".", "d", "d/sub", "d/sub/new", "x"), names);
      assertEquals("mine", Files.readString(t.resolve("x")));
      assertEquals(0700, stat(t.resolve("d/sub")).permissions(), "a folder that is not named keeps what it was");
    }
  }

  @Test
  void foldersThatAreNotNamedKeepTheirTimes() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      Sinks.apply(t, Below.NOTHING, new LayerBuilder().add(TarEntry.directory("./").mtime(5, 6)).add(TarEntry.directory("d").mtime(77, 8))
          .file("d/f", "f").file("d/g", "g").tar());
      assertEquals(List.of(5L, 6, 77L, 8), List.of(stat(t).mtime(), stat(t).mtimeNanos(), stat(t.resolve("d")).mtime(), stat(t.resolve("d"))
          .mtimeNanos()));
      Sinks.apply(t, Below.TREE, new LayerBuilder().file("d/new", "n").whiteout("d/f").file("top", "t").tar());
      assertEquals(List.of(5L, 6, 77L, 8), List.of(stat(t).mtime(), stat(t).mtimeNanos(), stat(t.resolve("d")).mtime(), stat(t.resolve("d"))
          .mtimeNanos()));
    }
  }

  @Test
  void trustedAttributesAreNeverTaken() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      byte[] y = {'y'};
      Sinks.apply(t, Below.UNKNOWN, new LayerBuilder().add(TarEntry.directory("d").xattr("trusted.overlay.opaque", y)
          .xattr("trusted.overlay.redirect", y), TarEntry.file("f", "f")
          .xattr("trusted.overlay.metacopy", y).xattr("user.kept", y)).tar());
      try (Fd root = Fd.open(t)) {
        assertEquals(List.of(), Xattr.list(root.raw(), Names.of("d")));
        assertEquals(List.of("user.kept"), Xattr.list(root.raw(), Names.of("f")).stream().map(Names::show).toList());
      }
    }
  }

  @Test
  void aDeviceThatOverlayfsTakesForAWhiteoutIsRefused() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      byte[] tar = new LayerBuilder().add(TarEntry.character("c", 0, 0)).tar();
      for (Below b : Below.values()) assertThrows(InvalidException.class, () -> Sinks.apply(t, b, tar));
    }
  }

  @Test
  void holesAreHolesAgainAndLengthsAreBounded() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      Sparse s = new Sparse("s", 64 << 20, List.of(new Sparse.Chunk(30 << 20, "data".getBytes(StandardCharsets.UTF_8))));
      Sinks.apply(t, Below.NOTHING, new LayerBuilder().raw(s.pax10()).tar());
      assertArrayEquals(s.expanded(), Files.readAllBytes(t.resolve("s")));
      assertTrue(stat(t.resolve("s")).blocks() * 512 < 4 << 20, "the file takes blocks for its holes");
      Entry huge = new Entry(Name.of("huge"), Entry.Type.FILE, 0644, 0, 0, 1L << 60, 0, 0, Optional.empty(), 0, 0, List.of());
      try (FolderSink sink = new FolderSink(t, Below.NOTHING, 1 << 20)) {
        assertThrows(ExhaustedException.class, () -> sink.entry(huge, InputStream.nullInputStream()));
      }
    }
  }

  @Test
  void aFullDiskIsExhausted() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("small");
      try (FsContext fs = FsContext.open("tmpfs")) {
        fs.string("source", "test");
        fs.string("size", "512k");
        try (Fd m = fs.mount(0); Fd at = Fd.open(t, Open.PATH | Open.DIRECTORY, 0)) {
          Mounting.move(m, at);
        }
      }
      try {
        byte[] tar = new LayerBuilder().file("f", "ones\n".repeat(300_000)).tar();
        ExhaustedException e = assertThrows(ExhaustedException.class, () -> Sinks.apply(t, Below.NOTHING, tar));
        assertTrue(e.getMessage().contains("'f'"), e::getMessage);
      } finally {
        Mounting.unmount(t, 0);
      }
    }
  }

  @Test
  void namesTooLongForTheKernelAreInvalid() throws IOException {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      for (String name : List.of("n".repeat(256), "d/".repeat(2500) + "f", "x".repeat(9000))) {
        assertThrows(InvalidException.class, () -> Sinks.apply(t, Below.NOTHING, new LayerBuilder().file(name, "f").tar()));
      }
    }
  }

  /** CVE-2025-47290: somebody changes a folder for a link while the layer is applied. */
  @Test
  void aRaceOfFolderAndLinkReachesNothingOutside() throws Exception {
    try (Root r = new Root()) {
      Path t = r.folder("t");
      Path outside = r.folder("outside");
      Files.createDirectory(t.resolve("d"));
      Files.createSymbolicLink(t.resolve("swap"), outside);
      AtomicBoolean end = new AtomicBoolean();
      Thread racer = Thread.ofPlatform().start(() -> {
        try (Fd root = Fd.open(t)) {
          while (!end.get()) At.rename(root.raw(), Names.of("d"), root.raw(), Names.of("swap"), At.RENAME_EXCHANGE);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      try (FolderSink sink = new FolderSink(t, Below.TREE)) {
        for (int i = 0; i < 1000; i++) {
          // a name of its own folder each, so that none is open already
          Entry f = new Entry(Name.of("d/" + i % 97 + "/f" + i), Entry.Type.FILE, 0644, 0, 0, 0, 0, 0, Optional.empty(), 0, 0, List.of());
          attempt(() -> sink.entry(f, InputStream.nullInputStream()));
          attempt(() -> sink.whiteout(Name.of("d/f")));
          attempt(() -> sink.opaque(Name.of("d")));
        }
        attempt(sink::finish);
      } finally {
        end.set(true);
        racer.join();
      }
      try (var names = Files.list(outside)) {
        assertEquals(List.of(), names.toList());
      }
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** In this race a refusal is as good as a success. */
  private static void attempt(Step step) {
    try {
      step.run();
    } catch (IOException refused) {
      assertFalse(refused.getMessage().isEmpty());
    }
  }
}
