package io.gantry.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LargeImageTest {
  @Test
  void equalSeedsAndOtherSeeds() {
    assertEquals(new LargeImage(1).layer(5).digest(), new LargeImage(1).layer(5).digest());
    assertNotEquals(new LargeImage(1).layer(5).digest(), new LargeImage(2).layer(5).digest());
    assertNotEquals(new LargeImage(1).layer(5).digest(), new LargeImage(1).layer(7).digest());
  }

  @Test
  void manyFilesInAFewLayers() {
    int[] files = IntStream.range(0, LargeImage.LAYERS).map(LargeImage::files).sorted().toArray();
    int all = IntStream.of(files).sum();
    assertTrue(all >= 20_000 && all <= 50_000, all + " files");
    assertTrue(IntStream.of(files).skip(LargeImage.LAYERS - 5).sum() > all / 2, "five layers hold most");
  }

  @Test
  void compressesAsImagesDo() {
    var layer = new LargeImage(1).layer(4);
    double ratio = (double) layer.blob().length / layer.tarSize();
    assertTrue(ratio > 0.3 && ratio < 0.5, "compressed to " + ratio);
  }
}
