package io.gantry.linux;

import static io.gantry.linux.Temp.b;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class XattrTest {
  private static List<String> shown(List<byte[]> names) {
    return names.stream().map(Names::show).sorted().toList();
  }

  @Test
  void ofAnOpenFile() throws IOException {
    try (Temp temp = new Temp(); Fd file = temp.create("file", "")) {
      byte[] value = {0, (byte) 0xff, 'x', 0};
      int r = Xattr.set(file.raw(), b("user.a"), value, Xattr.CREATE);
      assumeTrue(r != -Errno.EOPNOTSUPP, "the temporary folder's file system has no user attributes");
      assertEquals(0, r);
      assertEquals(-Errno.EEXIST, Xattr.set(file.raw(), b("user.a"), value, Xattr.CREATE));
      assertEquals(-Errno.ENODATA, Xattr.set(file.raw(), b("user.b"), value, Xattr.REPLACE));
      file.xattr("user.empty", new byte[0]);
      assertArrayEquals(value, file.xattr("user.a").orElseThrow());
      assertArrayEquals(new byte[0], file.xattr("user.empty").orElseThrow());
      assertEquals(Optional.empty(), file.xattr("user.b"));
      assertEquals(List.of("user.a", "user.empty"), shown(Xattr.list(file.raw())));
      assertEquals(0, Xattr.remove(file.raw(), b("user.a")));
      assertEquals(-Errno.ENODATA, Xattr.remove(file.raw(), b("user.a")));
    }
  }

  @Test
  void ofASymbolicLinkAndADevice() throws IOException {
    Temp.root("attributes of trusted.*");
    try (Temp temp = new Temp()) {
      temp.create("file", "").close();
      temp.fd.symlink(b("file"), b("link"));
      temp.fd.mknod(b("null"), Mode.CHARACTER | 0666, Mode.device(1, 3));
      int dir = temp.fd.raw();
      for (String name : List.of("link", "null")) {
        assertEquals(0, Xattr.set(dir, b(name), b("trusted.x"), b("1"), 0), name);
        assertArrayEquals(b("1"), Xattr.get(dir, b(name), b("trusted.x")).orElseThrow());
        assertEquals(List.of("trusted.x"), shown(Xattr.list(dir, b(name))));
        assertEquals(-Errno.EPERM, Xattr.set(dir, b(name), b("user.x"), b("1"), 0), "user attributes are for files and folders");
      }
      assertEquals(List.of(), Xattr.list(dir, b("file")), "the link was not followed");
      assertEquals(0, Xattr.remove(dir, b("link"), b("trusted.x")));
      assertEquals(Optional.empty(), Xattr.get(dir, b("link"), b("trusted.x")));
    }
  }

  @Test
  void aFileCapabilitySurvivesAsBytes() throws IOException {
    Temp.root("file capabilities");
    try (Temp temp = new Temp(); Fd file = temp.create("file", "")) {
      byte[] cap = java.util.HexFormat.of().parseHex("0100000280000080000000000000000000000000"); // cap_setuid,cap_setfcap+ep
      file.xattr("security.capability", cap);
      assertArrayEquals(cap, file.xattr("security.capability").orElseThrow());
      file.chown(1, 1);
      assertEquals(Optional.empty(), file.xattr("security.capability"), "chown takes capabilities away: set them after it");
    }
  }
}
