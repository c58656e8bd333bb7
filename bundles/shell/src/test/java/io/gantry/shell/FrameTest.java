package io.gantry.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static Frame read(byte[] bytes) throws IOException {
    return Frame.read(new DataInputStream(new ByteArrayInputStream(bytes)));
  }

  @Test
  void roundTrip() throws IOException {
    var out = new ByteArrayOutputStream();
    new Frame('I', new byte[] {1, 2, 3}).write(new DataOutputStream(out));
    assertEquals(List.of('I', 3), List.of(read(out.toByteArray()).type(), read(out.toByteArray()).body().length));
  }

  @Test
  void lengthsOutOfBoundsAndCutFrames() {
    assertThrows(IOException.class, () -> read(new byte[] {'A', 0x7f, 0, 0, 0}));
    assertThrows(IOException.class, () -> read(new byte[] {'A', (byte) 0x80, 0, 0, 0}));
    assertThrows(EOFException.class, () -> read(new byte[] {'A', 0, 0, 0, 5, 1}));
  }

  /** @param words how many it claims; it has none */
  private static byte[] request(String folder, int words) {
    byte[] cwd = folder.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(21 + cwd.length).put((byte) 1).putInt(80).putInt(24).putInt(0).putInt(cwd.length).put(cwd).putInt(words)
        .array();
  }

  @Test
  void aFolderThatIsNotAbsoluteIsRefused() throws IOException {
    assertEquals("/a/b", Request.read(new Frame('A', request("/a/b", 0))).cwd());
    for (String wrong : List.of("", "a/b", "../etc")) {
      String said = assertThrows(IOException.class, () -> Request.read(new Frame('A', request(wrong, 0)))).getMessage();
      assertEquals("the client says that its folder is '" + wrong + "', expected an absolute path", said);
    }
  }

  @Test
  void requestsThatClaimTooMuch() {
    for (int count : new int[] {-1, 1, Integer.MAX_VALUE}) {
      byte[] body = request("/", count);
      assertThrows(IOException.class, () -> Request.read(new Frame('A', body)), "words: " + count);
    }
    byte[] term = ByteBuffer.allocate(13).put((byte) 1).putInt(80).putInt(24).putInt(Integer.MAX_VALUE).array();
    assertThrows(IOException.class, () -> Request.read(new Frame('A', term)));
  }
}
