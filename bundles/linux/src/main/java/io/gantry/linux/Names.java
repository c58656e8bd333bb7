package io.gantry.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Names as bytes, and how they are shown. */
public final class Names {
  /** The folder itself. */
  public static final byte[] DOT = {'.'};

  /** The empty name, for calls with {@link At#EMPTY_PATH}. */
  public static final byte[] EMPTY = {};

  private Names() {}

  /** The bytes of a text of ours. */
  public static byte[] of(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The bytes of a root folder of ours; not for names out of layers, which may be in no encoding. */
  public static byte[] of(Path path) {
    return of(path.toString());
  }

  /** For messages: UTF-8 where it is, other and control bytes as {@code \xff}; cut after 200 bytes. */
  public static String show(byte[] name) {
    String text = new String(name, StandardCharsets.UTF_8);
    if (name.length <= 200 && text.indexOf('\uFFFD') < 0 && text.chars().noneMatch(Character::isISOControl)) return text;
    var out = new StringBuilder();
    for (int i = 0; i < Math.min(name.length, 200); i++) {
      byte b = name[i];
      if (b >= ' ' && b < 127) out.append((char) b);
      else out.append(String.format("\\x%02x", b & 0xff));
    }
    return name.length > 200 ? out + "… (" + name.length + " bytes)" : out.toString();
  }
}
