package io.gantry.spi.layer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A path inside a layer as bytes, in no encoding: {@code usr/bin/redis-server}. It never starts or ends with a slash and has no empty,
 * {@code .} or {@code ..} part; the root itself is the empty name.
 */
public final class Name implements Comparable<Name> {
  /** The root of the layer. */
  public static final Name ROOT = new Name(new byte[0]);

  private final byte[] bytes;

  private Name(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Cleans what an archive says: leading, doubled and trailing slashes and {@code .} go, {@code ..} goes up and stops at the root.
   *
   * @throws IllegalArgumentException there is a NUL byte
   */
  public static Name clean(byte[] raw) {
    byte[] out = new byte[raw.length];
    int n = 0;
    int i = 0;
    while (i < raw.length) {
      while (i < raw.length && raw[i] == '/') i++;
      int start = i;
      while (i < raw.length && raw[i] != '/') {
        if (raw[i] == 0) throw new IllegalArgumentException("a name has a NUL byte");
        i++;
      }
      int length = i - start;
      if (length == 0 || length == 1 && raw[start] == '.') continue;
      if (length == 2 && raw[start] == '.' && raw[start + 1] == '.') {
        while (n > 0 && out[--n] != '/') continue;
        continue;
      }
      if (n > 0) out[n++] = '/';
      System.arraycopy(raw, start, out, n, length);
      n += length;
    }
    return n == 0 ? ROOT : new Name(Arrays.copyOf(out, n));
  }

  public static Name of(String text) {
    return clean(text.getBytes(StandardCharsets.UTF_8));
  }

  public boolean isRoot() {
    return bytes.length == 0;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The folder it is in; the root for a name of one part. */
  public Name parent() {
    int slash = lastSlash();
    return slash < 0 ? ROOT : new Name(Arrays.copyOf(bytes, slash));
  }

  /** The last part. */
  public byte[] last() {
    return Arrays.copyOfRange(bytes, lastSlash() + 1, bytes.length);
  }

  /** This name with one more part. */
  public Name child(byte[] part) {
    byte[] all = Arrays.copyOf(bytes, bytes.length + part.length + (isRoot() ? 0 : 1));
    if (!isRoot()) all[bytes.length] = '/';
    System.arraycopy(part, 0, all, all.length - part.length, part.length);
    return clean(all);
  }

  private int lastSlash() {
    int i = bytes.length - 1;
    while (i >= 0 && bytes[i] != '/') i--;
    return i;
  }

  @Override
  public int compareTo(Name other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Name n && Arrays.equals(bytes, n.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** For people: bytes that are not UTF-8 show as replacement characters. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
