package io.gantry.kit.image;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;

/**
 * How the tar of a layer is compressed.
 *
 * @param suffix what the media type says of it: empty, {@code gzip} or {@code zstd}
 * @param pack from tar to blob
 */
public record Packing(String suffix, UnaryOperator<byte[]> pack) {
  public static Packing plain() {
    return new Packing("", b -> b);
  }

  public static Packing gzip() {
    return new Packing("gzip", Packing::member);
  }

  /** Gzip in so many members, one after another, as parallel compressors write it. */
  public static Packing gzipMembers(int members) {
    return new Packing("gzip", b -> parts(b, members, Packing::member));
  }

  /** Gzip with bytes behind it that are no member. */
  public static Packing gzipTrailing(byte[] trailing) {
    return new Packing("gzip", b -> Pax.join(member(b), trailing));
  }

  public static Packing zstd() {
    return new Packing("zstd", b -> Zstd.compress(b, 3));
  }

  /** Zstandard with a skippable frame before, between and behind two frames of data. */
  public static Packing zstdSkippable() {
    byte[] skip = ByteBuffer.allocate(8 + 5).order(ByteOrder.LITTLE_ENDIAN).putInt(0x184D2A50).putInt(5).put(new byte[] {1, 2, 3, 4, 5})
        .array();
    return new Packing("zstd", b -> Pax.join(skip, parts(b, 2, part -> Pax.join(Zstd.compress(part, 3), skip))));
  }

  /** The same under another name, for media types that lie. */
  public Packing named(String suffix) {
    return new Packing(suffix, pack);
  }

  private static byte[] parts(byte[] all, int parts, UnaryOperator<byte[]> each) {
    var out = new ByteArrayOutputStream();
    int size = Math.max(1, (all.length + parts - 1) / parts);
    for (int from = 0; from < all.length || from == 0; from += size) {
      out.writeBytes(each.apply(Arrays.copyOfRange(all, from, Math.min(all.length, from + size))));
    }
    return out.toByteArray();
  }

  private static byte[] member(byte[] bytes) {
    var out = new ByteArrayOutputStream(bytes.length / 2 + 64);
    try (var gzip = new GZIPOutputStream(out, 1 << 16)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
