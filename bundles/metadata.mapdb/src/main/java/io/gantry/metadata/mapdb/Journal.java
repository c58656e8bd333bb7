package io.gantry.metadata.mapdb;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

/**
 * The record itself: frames of whole transactions, one frame and one sync for all that came together. One thread at a time.
 *
 * <p>A journal is named after the sequence it starts behind. An instance that does not follow a clean close starts a new one, so that a
 * late write of its predecessor lands in a file whose end is already fixed by the successor's name.
 */
final class Journal implements Closeable {
  static final long MAGIC = 0x474e5452594a3031L; // GNTRYJ01
  private final Path file;
  private final Frames.Header header;
  private final FileChannel out;
  private long length;
  private boolean doubtful;

  private Journal(Path file, Frames.Header header, FileChannel out, long length) {
    this.file = file;
    this.header = header;
    this.out = out;
    this.length = length;
  }

  static Journal create(Folder folder, long base) throws IOException {
    var header = new Frames.Header(MAGIC, new SecureRandom().nextLong(), base);
    Path file = folder.named(Folder.JOURNAL, base);
    folder.publish(file, out -> writeAll(out, header.bytes(), 0));
    return resume(file, header, Frames.HEADER);
  }

  /** Goes on at {@code length}; what stands behind is a torn end and is cut. */
  static Journal resume(Path file, Frames.Header header, long length) throws IOException {
    FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE);
    if (out.size() > length) out.truncate(length);
    return new Journal(file, header, out, length);
  }

  long base() {
    return header.base();
  }

  long salt() {
    return header.salt();
  }

  long length() {
    return length;
  }

  Path file() {
    return file;
  }

  /** Whether a failed write may have left bytes that could not be taken back; then nothing more is written. */
  boolean doubtful() {
    return doubtful;
  }

  /** Writes a frame and syncs it; where that fails the file is cut back to what it was. */
  void append(byte[] payload, int size) throws IOException {
    if (doubtful) throw new IOException("an earlier write to " + file + " failed half way");
    ByteBuffer frame = Frames.frame(header.salt(), payload, size);
    int bytes = frame.remaining();
    try {
      writeAll(out, frame, length);
      out.force(false);
    } catch (IOException | RuntimeException | Error e) { // a channel takes memory outside the heap, and may find none
      takeBack(e);
      throw e;
    }
    length += bytes;
  }

  private void takeBack(Throwable cause) {
    try {
      out.truncate(length);
      out.force(false);
    } catch (IOException | RuntimeException | Error e) {
      doubtful = true;
      cause.addSuppressed(e);
    }
  }

  static void writeAll(FileChannel out, ByteBuffer bytes, long at) throws IOException {
    for (long p = at; bytes.hasRemaining(); ) p += out.write(bytes, p);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
