package io.gantry.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Reads a folder by descriptor, without {@code .} and {@code ..}; holds a descriptor and a buffer of its own, so that what is done in the
 * folder meanwhile does not disturb where it stands. Order is the file system's, the same each time while nothing changes.
 */
public final class Dirents implements AutoCloseable {
  public static final int UNKNOWN = 0;
  public static final int FIFO = 1;
  public static final int CHARACTER = 2;
  public static final int DIRECTORY = 4;
  public static final int BLOCK = 6;
  public static final int FILE = 8;
  public static final int SYMLINK = 10;
  public static final int SOCKET = 12;

  private static final int SIZE = 32768;
  private static final int SLOTS = 32;
  private static final AtomicReferenceArray<ByteBuffer> FREE = new AtomicReferenceArray<>(SLOTS);

  private final ByteBuffer buffer = take();
  private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
  private static final int CLOSED = -1;

  private final Fd folder;
  private int at;
  private int next;
  private int end;

  private Dirents(Fd folder) {
    this.folder = folder;
  }

  /** Starts at the beginning, whatever was read through {@code folder} before. */
  public static Dirents of(Fd folder) throws IOException {
    return new Dirents(folder.open(Names.DOT, Open.RDONLY | Open.DIRECTORY, 0));
  }

  /** Goes to the next entry; false at the end. */
  public boolean next() throws IOException {
    do {
      if (next >= end) {
        end = (int) ErrnoException.check(Libc.result(Libc.getdents64(folder.raw(), address, SIZE)), "list a folder");
        next = 0;
        if (end == 0) return false;
      }
      at = next;
      next += buffer.getShort(at + 16) & 0xffff;
    } while (isDot());
    return true;
  }

  private boolean isDot() {
    if (buffer.get(at + 19) != '.') return false;
    return buffer.get(at + 20) == 0 || buffer.get(at + 20) == '.' && buffer.get(at + 21) == 0;
  }

  /** A copy of the entry's name. */
  public byte[] name() {
    int length = 0;
    while (buffer.get(at + 19 + length) != 0) length++;
    byte[] name = new byte[length];
    buffer.get(at + 19, name);
    return name;
  }

  public long ino() {
    return buffer.getLong(at);
  }

  /** One of the constants here; {@link #UNKNOWN} where the file system does not say. */
  public int type() {
    return buffer.get(at + 18);
  }

  /** Closes once; names read stay valid. */
  @Override
  public void close() {
    folder.close();
    if (at == CLOSED) return;
    at = CLOSED;
    for (int i = 0; i < SLOTS; i++) {
      if (FREE.compareAndSet(i, null, buffer)) return;
    }
  }

  /** A walk opens a folder in a folder: as many buffers as levels, and making one takes longer than reading most folders. */
  private static ByteBuffer take() {
    for (int i = 0; i < SLOTS; i++) {
      ByteBuffer b = FREE.getAndSet(i, null);
      if (b != null) return b;
    }
    return ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
  }
}
