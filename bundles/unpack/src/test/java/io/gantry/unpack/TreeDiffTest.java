package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.ConflictException;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.TarEntry;
import io.gantry.kit.rules.RecordingSink;
import io.gantry.linux.Fd;
import io.gantry.spi.layer.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What stands in a layer of changes, case by case. */
class TreeDiffTest {
  private static final String WHEN = TarEntry.EPOCH + "+0";
  private Root root;
  private Path lower;
  private Path upper;

  @BeforeEach
  void open() throws IOException {
    root = new Root();
    lower = root.folder("lower");
    upper = root.folder("upper");
  }

  @AfterEach
  void close() throws IOException {
    if (root != null) root.close();
  }

  private static LayerBuilder base() {
    return new LayerBuilder().directory("d", 0755).directory("d/e", 0750).file("d/e/f", "old").file("d/g", "g").file("h", "h");
  }

  /** The lower tree, and one that has these entries more. */
  private void trees(LayerBuilder old, LayerBuilder changes) throws IOException {
    for (Path tree : List.of(lower, upper)) Sinks.apply(tree, Below.TREE, old.tar());
    Sinks.apply(upper, Below.TREE, changes.tar());
  }

  private List<String> diff() throws IOException {
    return diff(OptionalLong.empty());
  }

  private List<String> diff(OptionalLong latest) throws IOException {
    var sink = new RecordingSink();
    try (Fd from = Fd.open(lower); Fd to = Fd.open(upper)) {
      new TreeDiff(sink, latest, () -> { }).run(Optional.of(from), to);
    }
    return sink.lines();
  }

  @Test
  void equalTreesHaveNoDifference() throws Exception {
    trees(base(), new LayerBuilder().directory("./", 0700).directory("d", 0755));
    assertEquals(List.of(), diff(), "the roots, and times of folders, are not compared");
  }

  @Test
  void foldersOnTheWayAreNamed() throws Exception {
    trees(base(), new LayerBuilder().file("d/e/new", "n"));
    assertEquals(List.of("DIRECTORY d 755 0:0 " + WHEN, "DIRECTORY d/e 750 0:0 " + WHEN, "FILE d/e/new 644 0:0 " + WHEN + " [n]"), diff());
  }

  @Test
  void aFolderAloneMayBeChanged() throws Exception {
    trees(base(), new LayerBuilder().directory("d/e", 0777));
    assertEquals(List.of("DIRECTORY d 755 0:0 " + WHEN, "DIRECTORY d/e 777 0:0 " + WHEN), diff());
  }

  @Test
  void whatIsGoneIsAWhiteoutAtItsTop() throws Exception {
    trees(base(), new LayerBuilder().whiteout("d/e").whiteout("h"));
    assertEquals(List.of("DIRECTORY d 755 0:0 " + WHEN, "WHITEOUT d/e", "WHITEOUT h"), diff());
  }

  @Test
  void kindsReplaceEachOther() throws Exception {
    trees(base(), new LayerBuilder().file("d/e", "no folder").directory("h", 0700).file("h/in", "i").symlink("d/g", "h"));
    assertEquals(List.of("DIRECTORY d 755 0:0 " + WHEN, "FILE d/e 644 0:0 " + WHEN + " [no\\20folder]", "SYMLINK d/g 777 0:0 " + WHEN
        + " -> h", "DIRECTORY h 700 0:0 " + WHEN, "FILE h/in 644 0:0 " + WHEN + " [i]"), diff());
  }

  @Test
  void aNewLinkTakesItsFileAlong() throws Exception {
    trees(base(), new LayerBuilder().hardlink("z", "d/e/f"));
    assertEquals(List.of("FILE z 644 0:0 " + WHEN + " [old]", "DIRECTORY d 755 0:0 " + WHEN, "DIRECTORY d/e 750 0:0 " + WHEN,
        "HARDLINK d/e/f 644 0:0 " + WHEN + " -> z"), diff(), "one that comes later");
    for (Path tree : List.of(lower, upper)) Sinks.apply(tree, Below.TREE, new LayerBuilder().whiteout("z").tar());
    Sinks.apply(upper, Below.TREE, new LayerBuilder().hardlink("a", "d/e/f").tar());
    assertEquals(List.of("FILE a 644 0:0 " + WHEN + " [old]", "DIRECTORY d 755 0:0 " + WHEN, "DIRECTORY d/e 750 0:0 " + WHEN,
        "HARDLINK d/e/f 644 0:0 " + WHEN + " -> a"), diff(), "one that comes before");
  }

  @Test
  void linksThatAreAsTheyWereAreLeftOut() throws Exception {
    trees(base().hardlink("k", "h"), new LayerBuilder().file("new", "n"));
    assertEquals(List.of("FILE new 644 0:0 " + WHEN + " [n]"), diff());
  }

  @Test
  void socketsAreNotThere() throws Exception {
    trees(base(), new LayerBuilder().whiteout("h"));
    try (ServerSocketChannel s = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      s.bind(UnixDomainSocketAddress.of(upper.resolve("h")));
    }
    assertEquals(List.of("WHITEOUT h"), diff());
  }

  @Test
  void timesAreWholeAndNotAfterTheEpochThatWasGiven() throws Exception {
    trees(base(), new LayerBuilder().add(TarEntry.file("before", "").mtime(99, 999_999_999), TarEntry.file("after", "").mtime(101, 1)));
    assertEquals(List.of("FILE after 644 0:0 100+0 []", "FILE before 644 0:0 99+0 []"), diff(OptionalLong.of(100)));
    assertEquals(List.of("FILE after 644 0:0 101+0 []", "FILE before 644 0:0 99+0 []"), diff());
  }

  /** Layers have whole seconds, and tools set times back: then the bytes tell; with a fraction, they are not read. */
  @Test
  void bytesAreComparedWhereTimesMayLie() throws Exception {
    trees(base(), new LayerBuilder().file("h", "H").file("d/g", "g"));
    assertEquals(List.of("FILE h 644 0:0 " + WHEN + " [H]"), diff());
    for (Path tree : List.of(lower, upper)) Files.setLastModifiedTime(tree.resolve("h"), FileTime.fromMillis(1001));
    assertEquals(List.of(), diff());
    Files.setLastModifiedTime(upper.resolve("h"), FileTime.fromMillis(1002));
    assertEquals(List.of("FILE h 644 0:0 1+0 [H]"), diff());
  }

  @Test
  void ofAttributesCapabilitiesAreKept() throws Exception {
    byte[] cap = {1, 0, 0, 2, (byte) 0xc0, 0, 0, 0, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    trees(base(), new LayerBuilder().add(TarEntry.file("h", "h").xattr("security.capability", cap).xattr("user.x", cap)));
    assertEquals(List.of("FILE h 644 0:0 " + WHEN + " security.capability=\\01\\00\\00\\02\\c0\\00\\00\\00\\80" + "\\00".repeat(11)
        + " [h]"),
        diff());
  }

  @Test
  void linksLeadNowhere() throws Exception {
    Path outside = root.folder("outside");
    Files.writeString(outside.resolve("secret"), "s");
    Sinks.apply(lower, Below.TREE, new LayerBuilder().directory("d", 0755).file("d/secret", "x").tar());
    Sinks.apply(upper, Below.TREE, new LayerBuilder().symlink("d", outside.toString()).tar());
    assertEquals(List.of("SYMLINK d 777 0:0 " + WHEN + " -> " + outside), diff());
  }

  @Test
  void aFileThatShrinksMeanwhileIsTold() throws Exception {
    trees(base(), new LayerBuilder().file("big", new byte[500_000], 0644));
    var sink = new RecordingSink() {
      @Override
      public void entry(Entry e, InputStream data) throws IOException {
        if (e.size() > 1000) Files.writeString(upper.resolve("big"), "short");
        super.entry(e, data);
      }
    };
    try (Fd from = Fd.open(lower); Fd to = Fd.open(upper)) {
      var e = assertThrows(ConflictException.class, () -> new TreeDiff(sink, OptionalLong.empty(), () -> { }).run(Optional.of(from), to));
      assertEquals("'big' was changed while the trees were compared; try again when nobody writes to them", e.getMessage());
    }
  }

  @Test
  void anEmptyTreeIsAllNew() throws Exception {
    Sinks.apply(upper, Below.TREE, base().tar());
    var sink = new RecordingSink();
    try (Fd to = Fd.open(upper)) {
      new TreeDiff(sink, OptionalLong.empty(), () -> { }).run(Optional.empty(), to);
    }
    assertEquals(List.of("d", "d/e", "d/e/f", "d/g", "h"), sink.lines().stream().flatMap(l -> Stream.of(l.split(" ")[1])).toList());
  }
}
