package io.gantry.oci.tar;

import io.gantry.api.InvalidException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the files of an archive of images, or of a layer, one after the other; what they hold is read from {@link #data} before the next.
 * Knows what such archives are written with: ustar, GNU's long names and large sizes, pax names and sizes.
 */
public final class Tar {
  private static final int BLOCK = 512;
  private static final int LONGEST = 64 << 10; // of names and pax records

  /**
   * An entry.
   *
   * @param name as it stands there; never a path of this machine
   * @param link where it points, from the archive's root where it begins with a slash; empty where it is no link
   */
  public record Entry(String name, long size, boolean file, String link) {}

  private final InputStream in;
  private long left; // of the data of the entry, without padding
  private long padding;

  public Tar(InputStream in) {
    this.in = in;
  }

  /** The next entry; null at the end. */
  public Entry next() throws IOException {
    String name = "";
    String link = "";
    long size = -1;
    while (true) {
      skip();
      byte[] head = in.readNBytes(BLOCK);
      if (head.length == 0 || head.length == BLOCK && isZero(head)) return null;
      if (head.length < BLOCK) {
        throw new InvalidException("this is no tar archive, or one that was cut: it ends after " + head.length + " of the " + BLOCK
            + " bytes of a header");
      }
      check(head);
      long own = number(head, 124, 12);
      open(own);
      switch ((char) head[156]) {
        case 'L' -> name = text(header(own), 0, (int) own);
        case 'K' -> link = text(header(own), 0, (int) own);
        case 'x' -> {
          String[] found = pax(header(own));
          if (!found[0].isEmpty()) name = found[0];
          if (!found[1].isEmpty()) link = found[1];
          if (!found[2].isEmpty()) size = size(found[2]);
        }
        case 'g' -> header(own);
        default -> {
          if (size >= 0) open(size);
          String short_ = text(head, 0, 100);
          String prefix = text(head, 257, 5).equals("ustar") && head[262] == 0 ? text(head, 345, 155) : "";
          String whole = !name.isEmpty() ? name : prefix.isEmpty() ? short_ : prefix + "/" + short_;
          boolean file = head[156] == '0' || head[156] == 0;
          boolean linked = head[156] == '1' || head[156] == '2';
          String to = !link.isEmpty() ? link : text(head, 157, 100);
          return new Entry(whole, left, file, !linked ? "" : head[156] == '1' ? "/" + to : to);
        }
      }
    }
  }

  private void open(long size) {
    left = size;
    padding = (BLOCK - size % BLOCK) % BLOCK;
  }

  private void skip() throws IOException {
    in.skipNBytes(left + padding);
    left = 0;
    padding = 0;
  }

  /** The data of the entry, to its end. */
  public InputStream data() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) return 0;
        if (left == 0) return -1;
        int n = in.read(into, offset, (int) Math.min(length, left));
        if (n < 0) throw new InvalidException("the archive was cut: it ends " + left + " bytes before the end of a file in it");
        left -= n;
        return n;
      }
    };
  }

  private byte[] header(long size) throws IOException {
    if (size > LONGEST) {
      throw new InvalidException("the archive has a name or record of " + size + " bytes, at most " + LONGEST + " are read");
    }
    return data().readAllBytes();
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) if (b != 0) return false;
    return true;
  }

  private static void check(byte[] head) throws IOException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? ' ' : head[i] & 0xff;
    if (sum != number(head, 148, 8)) throw new InvalidException("this is no tar archive: a header has a wrong checksum");
  }

  private static long number(byte[] head, int from, int length) throws InvalidException {
    if ((head[from] & 0x80) != 0) { // GNU's large numbers
      long n = head[from] & 0x7f;
      for (int i = from + 1; i < from + length; i++) {
        if (n > Long.MAX_VALUE >> 8) throw new InvalidException("the archive has a number that is too large");
        n = n << 8 | head[i] & 0xff;
      }
      return n;
    }
    String text = text(head, from, length).strip();
    if (!text.matches("[0-7]{0,12}")) {
      throw new InvalidException("this is no tar archive: '" + text.replaceAll("[^ -~]", "?") + "' is no number");
    }
    return text.isEmpty() ? 0 : Long.parseLong(text, 8);
  }

  private static long size(String text) throws InvalidException {
    if (!text.matches("[0-9]{1,18}")) throw new InvalidException("the archive has a pax size that is no number");
    return Long.parseLong(text);
  }

  private static String text(byte[] bytes, int from, int length) {
    int end = from;
    while (end < from + length && bytes[end] != 0) end++;
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  /** Path, link and size of a pax record, each perhaps empty. */
  private static String[] pax(byte[] record) throws InvalidException {
    String[] found = {"", "", ""};
    for (int at = 0; at < record.length; ) {
      int blank = at;
      while (blank < record.length && record[blank] != ' ') blank++;
      String digits = new String(record, at, blank - at, StandardCharsets.US_ASCII);
      int length = digits.matches("[0-9]{1,6}") ? Integer.parseInt(digits) : 0;
      if (length <= blank - at + 1 || at + length > record.length) throw new InvalidException("the archive has a broken pax record");
      String line = new String(record, blank + 1, length - (blank - at) - 2, StandardCharsets.UTF_8);
      if (line.startsWith("path=")) found[0] = line.substring(5);
      if (line.startsWith("linkpath=")) found[1] = line.substring(9);
      if (line.startsWith("size=")) found[2] = line.substring(5);
      at += length;
    }
    return found;
  }
}
