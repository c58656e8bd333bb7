package io.gantry.layer.tar;

import java.util.Arrays;

/** The 512 bytes before an entry: POSIX ustar, GNU or the old form, told by their magic. */
final class TarHeader {
  static final int BLOCK = 512;
  private final byte[] block;

  TarHeader(byte[] block) {
    this.block = block;
  }

  boolean isZero() {
    for (byte b : block) {
      if (b != 0) return false;
    }
    return true;
  }

  /** Some writers summed signed bytes. */
  void verify() throws BrokenException {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    long said = Numbers.header(block, 148, 8, "checksum");
    if (said != unsigned && said != signed) throw new BrokenException("checksum of the header is " + said + ", expected " + unsigned);
  }

  char type() {
    return (char) (block[156] & 0xff);
  }

  /** With the prefix of POSIX; GNU keeps other things there. */
  byte[] name() {
    byte[] name = text(0, 100);
    if (!magic("ustar\0")) return name;
    boolean star = block[508] == 't' && block[509] == 'a' && block[510] == 'r' && block[511] == 0;
    byte[] prefix = text(345, star ? 131 : 155);
    if (prefix.length == 0) return name;
    byte[] all = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    all[prefix.length] = '/';
    System.arraycopy(name, 0, all, prefix.length + 1, name.length);
    return all;
  }

  byte[] link() {
    return text(157, 100);
  }

  long mode() throws BrokenException {
    return Numbers.header(block, 100, 8, "mode");
  }

  long uid() throws BrokenException {
    return Numbers.header(block, 108, 8, "uid");
  }

  long gid() throws BrokenException {
    return Numbers.header(block, 116, 8, "gid");
  }

  long size() throws BrokenException {
    return Numbers.header(block, 124, 12, "size");
  }

  long mtime() throws BrokenException {
    return Numbers.header(block, 136, 12, "mtime");
  }

  /** Device numbers; the oldest form has none. */
  long major() throws BrokenException {
    return magic("ustar") ? Numbers.header(block, 329, 8, "device major number") : 0;
  }

  long minor() throws BrokenException {
    return magic("ustar") ? Numbers.header(block, 337, 8, "device minor number") : 0;
  }

  /** Chunks of GNU's old sparse form: four here, and whether a block with more follows. */
  boolean sparse(SparseMap map) throws BrokenException {
    return sparse(block, 386, 4, 482, map);
  }

  long sparseSize() throws BrokenException {
    return Numbers.header(block, 483, 12, "real size of a sparse file");
  }

  /** The same for a block that follows, with 21. */
  static boolean moreSparse(byte[] block, SparseMap map) throws BrokenException {
    return sparse(block, 0, 21, 504, map);
  }

  private static boolean sparse(byte[] block, int at, int chunks, int more, SparseMap map) throws BrokenException {
    for (int i = 0; i < chunks && block[at + 24 * i] != 0; i++) {
      map.add(Numbers.header(block, at + 24 * i, 12, "offset of a chunk"), Numbers.header(block, at + 24 * i + 12, 12,
          "length of a chunk"));
    }
    return block[more] != 0;
  }

  private boolean magic(String magic) {
    for (int i = 0; i < magic.length(); i++) {
      if (block[257 + i] != magic.charAt(i)) return false;
    }
    return true;
  }

  private byte[] text(int offset, int width) {
    int end = offset;
    while (end < offset + width && block[end] != 0) end++;
    return Arrays.copyOfRange(block, offset, end);
  }
}
