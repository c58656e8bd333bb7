package io.gantry.unpack;

import static io.gantry.unpack.World.COPY;
import static io.gantry.unpack.World.OVERLAY;
import static io.gantry.unpack.World.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.gantry.api.ExhaustedException;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What one layer may be at most, with real layers through the real driver. Each limit is met exactly, and gone beyond. */
class LimitsTest extends OneWorld {
  private void limit(String key, long value) {
    world.unpacker.modified(SettingsTest.config(Map.of(key, value)));
  }

  private void passes(Layer layer) throws Exception {
    for (String s : List.of(OVERLAY, COPY)) {
      world.unpack(request(s, List.of(layer)), p -> { }).answer();
      world.snapshots.remove(World.SCOPE, s, world.keys(List.of(layer)).getFirst());
    }
  }

  private void refused(Layer layer, String why) throws Exception {
    for (String s : List.of(OVERLAY, COPY)) {
      Throwable failure = world.unpack(request(s, List.of(layer)), p -> { }).failure();
      assertInstanceOf(ExhaustedException.class, failure);
      assertEquals("layer " + layer.digest() + why, failure.getMessage());
      assertEquals(List.of(), world.keys(s));
    }
  }

  /** Of whatever kind: a whiteout is one, too. */
  @Test
  void entries() throws Exception {
    Layer three = new LayerBuilder().directory("d", 0755).file("d/x", "x").whiteout("d/y").gzip();
    world.bring(List.of(three));
    limit("max.entries", 3);
    passes(three);
    limit("max.entries", 2);
    refused(three, " has more than 2 entries (unpack.cfg: max.entries)");
  }

  /** No entry is large: the bytes follow the archive's end, are inflated and hashed, and come to no disk. */
  @Test
  void ratio() throws Exception {
    Layer bomb = padded(Settings.defaults().limits().ratioFromBytes());
    world.bring(List.of(bomb));
    limit("max.ratio", 2000); // gzip comes to 1032 at most
    passes(bomb);
    limit("max.ratio", 500);
    refused(bomb, " unpacks to more than 500 times its size (unpack.cfg: max.ratio)");
  }

  /** A few megabytes of zeros are no attack. */
  @Test
  void aSmallLayerMayHaveAnyRatio() throws Exception {
    Layer small = padded(4 << 20);
    world.bring(List.of(small));
    limit("max.ratio", 1);
    passes(small);
  }

  private static Layer padded(long zeros) {
    return new LayerBuilder().file("x", "x").raw(new byte[Math.toIntExact(zeros)]).gzip();
  }
}
