package io.gantry.unpack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.TreeDump;
import io.gantry.layer.tar.TarLayer;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Drivers that are replaced in the midst of a layer leave the tree as one that is not. A seed can be given: {@code -Dgantry.seed=7}. */
class ResumedSinkTest {
  private static final Pattern TIME = Pattern.compile(" (\\d{6,11})\\.\\d{9}");

  private static void apply(byte[] tar, long cut, LayerSink sink) throws IOException {
    Descriptor d = Descriptor.of("application/vnd.oci.image.layer.v1.tar", Digest.sha256(new byte[32]), tar.length);
    InputStream in = new ByteArrayInputStream(tar) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        if (pos >= cut) throw new IllegalStateException("cut");
        return super.read(into, offset, (int) Math.min(length, cut - pos));
      }
    };
    TarLayer.ofDefaults().apply(d, in, Sinks.OPEN, sink);
  }

  @Test
  void aLayerIsTheSameHoweverOftenItsDriverIsReplaced() throws Exception {
    long seed = Long.getLong("gantry.seed", new Random().nextLong(1_000_000));
    Random random = new Random(seed);
    for (int round = 0; round < 6; round++) {
      List<LayerBuilder> layers = new RandomLayers(random.nextLong(), true, false).layers(3, 40);
      try (Root r = new Root()) {
        Path once = r.folder("once");
        Path resumed = r.folder("resumed");
        for (LayerBuilder l : layers) {
          Sinks.apply(once, Below.TREE, l.tar());
          try (FolderSink tree = new FolderSink(resumed, Below.TREE)) {
            var sink = new ResumedSink(tree);
            for (int cuts = random.nextInt(6); cuts > 0; cuts--) {
              long at = random.nextLong(l.tar().length);
              assertThrows(IllegalStateException.class, () -> apply(l.tar(), at, sink.next()));
            }
            apply(l.tar(), Long.MAX_VALUE, sink.next());
            sink.finish();
          }
        }
        assertEquals(String.join("\n", withoutRootTime(once)), String.join("\n", withoutRootTime(resumed)), "seed " + seed);
      }
    }
  }

  /** A folder that a later layer changes, and does not have itself, is of the moment of that change. */
  private static List<String> withoutRootTime(Path tree) throws IOException {
    long now = Instant.now().getEpochSecond();
    List<String> all = TreeDump.of(tree);
    return all.subList(1, all.size()).stream().map(line -> TIME.matcher(line).replaceAll(
        m -> Math.abs(Long.parseLong(m.group(1)) - now) < 600 ? " now" : m.group())).toList();
  }

  /** A link to a file that the same layer replaces later: applied a second time over itself, it would be one to the new file. */
  @Test
  void whatWasDoneIsNotDoneAgain() throws Exception {
    byte[] tar = new LayerBuilder().hardlink("old", "f").file("f", "new").whiteout("g").file("h", new byte[9000], 0644).tar();
    try (Root r = new Root(); FolderSink tree = new FolderSink(r.path, Below.TREE)) {
      Sinks.apply(r.path, Below.NOTHING, new LayerBuilder().file("f", "first").file("g", "x").tar());
      var sink = new ResumedSink(tree);
      assertThrows(IllegalStateException.class, () -> apply(tar, 5000, sink.next()));
      apply(tar, Long.MAX_VALUE, sink.next());
      sink.finish();
      assertEquals("first", java.nio.file.Files.readString(r.path.resolve("old")));
      assertEquals(9000, java.nio.file.Files.size(r.path.resolve("h")));
    }
  }

  @Test
  void aTryThatWasTakenOverIsNotHeard() throws Exception {
    try (Root r = new Root(); FolderSink tree = new FolderSink(r.path, Below.TREE)) {
      var sink = new ResumedSink(tree);
      LayerSink first = sink.next();
      first.whiteout(Name.of("a"));
      LayerSink second = sink.next();
      var e = assertThrows(IOException.class, () -> first.whiteout(Name.of("b")));
      assertTrue(e.getMessage().contains("nobody waits"), e.getMessage());
      second.whiteout(Name.of("a"));
    }
  }

  @Test
  void aSuccessorThatReadsOtherEntriesIsFoundOut() throws Exception {
    byte[] tar = new LayerBuilder().file("a", "1").file("b", "2").file("c", new byte[9000], 0644).tar();
    byte[] other = new LayerBuilder().file("a", "1").file("d", "2").file("c", new byte[9000], 0644).tar();
    try (Root r = new Root(); FolderSink tree = new FolderSink(r.path, Below.TREE)) {
      var sink = new ResumedSink(tree);
      assertThrows(IllegalStateException.class, () -> apply(tar, 3000, sink.next()));
      var e = assertThrows(InvalidException.class, () -> apply(other, Long.MAX_VALUE, sink.next()));
      assertTrue(e.getMessage().contains("entry 2 ('d')"), e.getMessage());
      assertEquals(2, Arrays.stream(r.path.toFile().list()).filter(n -> n.equals("a") || n.equals("b")).count());
    }
  }
}
