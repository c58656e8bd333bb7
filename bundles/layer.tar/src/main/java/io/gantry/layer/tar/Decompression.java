package io.gantry.layer.tar;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells by the first bytes how a blob is compressed (L-4), and undoes it. */
final class Decompression {
  private static final Logger log = LoggerFactory.getLogger(Decompression.class);
  private static final int ZSTD = 0xFD2FB528;
  private static final int ZSTD_SKIPPABLE = 0x184D2A50;

  private final Optional<Path> igzip;
  private final long igzipFrom;

  /**
   * @param igzip the program, where there is one
   * @param igzipFrom blobs of fewer bytes are not worth a process
   */
  Decompression(Optional<Path> igzip, long igzipFrom) {
    this.igzip = igzip;
    this.igzipFrom = igzipFrom;
  }

  /**
   * A stream of the uncompressed bytes. Its failures are the blob's own, or {@link BrokenException}; closing it ends what was started for
   * it.
   */
  Inflated open(InputStream blob, long size) throws IOException {
    BlobStream source = new BlobStream(blob);
    byte[] head = source.readNBytes(6);
    InputStream whole = new SequenceInputStream(new ByteArrayInputStream(head), source);
    if (starts(head, 0x1f, 0x8b)) return gzip(whole, source, size);
    int magic = head.length < 4 ? 0 : (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16 | (head[3] & 0xff) << 24;
    if (magic == ZSTD || (magic & ~0xf) == ZSTD_SKIPPABLE) return inflated("zstd", new ZstdInputStreamNoFinalizer(whole), source);
    if (starts(head, 'B', 'Z', 'h')) throw new BrokenException("the layer is compressed by bzip2, expected gzip, zstd or none");
    if (starts(head, 0xfd, '7', 'z', 'X', 'Z', 0)) throw new BrokenException("the layer is compressed by xz, expected gzip, zstd or none");
    return inflated("plain", whole, source);
  }

  private Inflated gzip(InputStream whole, BlobStream source, long size) {
    if (igzip.isPresent() && size >= igzipFrom) {
      try {
        Igzip child = new Igzip(igzip.get(), whole, source);
        return new Inflated("gzip", child, source, child::kill);
      } catch (IOException e) {
        log.warn("{} cannot be started, layers are inflated by the JVM: {}", igzip.get(), e.getMessage());
      }
    }
    return inflated("gzip", new Gunzip(whole), source);
  }

  private static Inflated inflated(String format, InputStream in, BlobStream source) {
    return new Inflated(format, in, source, () -> {});
  }

  private static boolean starts(byte[] head, int... magic) {
    return head.length >= magic.length && Arrays.equals(Arrays.copyOf(head, magic.length), bytes(magic));
  }

  private static byte[] bytes(int... values) {
    byte[] b = new byte[values.length];
    for (int i = 0; i < b.length; i++) b[i] = (byte) values[i];
    return b;
  }
}
