package io.gantry.resolver.docker;

import static io.gantry.resolver.docker.World.BLOB;
import static io.gantry.resolver.docker.World.LAYER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.UnavailableException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SizedStreamTest {
  private static SizedStream of(byte[] bytes) {
    return new SizedStream(new ByteArrayInputStream(bytes), "example.com", BLOB, 0, Instant.MAX);
  }

  @Test
  void skipsToTheEndAndNoFurther() throws IOException {
    SizedStream all = of(LAYER.blob());
    long skipped = 0;
    for (long n = all.skip(100); n > 0; n = all.skip(100)) skipped += n;
    assertEquals(LAYER.blob().length, skipped);
    assertEquals(0, all.skip(100), "bytes that were skipped");
    assertEquals(0, all.skip(-1));
    assertEquals(-1, all.read());
  }

  @Test
  void aShortBodyIsNotSkippedOver() {
    SizedStream half = of(Arrays.copyOf(LAYER.blob(), LAYER.blob().length / 2));
    assertThrows(UnavailableException.class, () -> half.skipNBytes(LAYER.blob().length));
  }
}
