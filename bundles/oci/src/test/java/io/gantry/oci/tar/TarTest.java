package io.gantry.oci.tar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TarTest {
  private static final int BLOCK = 512;

  /** One file {@code f} of 600 bytes, and the two empty blocks of the end. */
  private static byte[] archive() {
    byte[] all = new byte[BLOCK + 2 * BLOCK + 2 * BLOCK];
    put(all, 0, "f");
    put(all, 100, "0000644\0");
    put(all, 124, "00000001130\0");
    put(all, 148, "        ");
    put(all, 156, "0");
    put(all, 257, "ustar\00000");
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) sum += all[i];
    put(all, 148, String.format("%06o\0 ", sum));
    Arrays.fill(all, BLOCK, BLOCK + 600, (byte) 'x');
    return all;
  }

  private static void put(byte[] all, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, all, at, bytes.length);
  }

  private static Tar of(int length) {
    return new Tar(new ByteArrayInputStream(archive(), 0, length));
  }

  @Test
  void aWholeOneIsRead() throws IOException {
    Tar tar = of(archive().length);
    assertEquals("f", tar.next().name());
    assertEquals(600, tar.data().readAllBytes().length);
    assertEquals(null, tar.next());
  }

  @Test
  void oneThatWasCutIsInvalidAndSaysWhere() throws IOException {
    var header = assertThrows(InvalidException.class, () -> of(100).next());
    assertTrue(header.getMessage().contains("after 100 of the 512 bytes of a header"), header.getMessage());
    Tar tar = of(BLOCK + 200);
    tar.next();
    var data = assertThrows(InvalidException.class, () -> tar.data().readAllBytes());
    assertTrue(data.getMessage().contains("400 bytes before the end of a file"), data.getMessage());
  }
}
