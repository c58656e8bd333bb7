package io.gantry.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Memory outside the heap for the arguments of one call: two names, a small structure, and data. Taken and given back around a call, so
 * that no call allocates. A small set of slots instead of a ThreadLocal: virtual threads come by the thousand, and each would keep one.
 * A taken one belongs to its taker alone; no lock.
 */
final class Scratch {
  private static final int SLOTS = 32;
  private static final AtomicReferenceArray<Scratch> FREE = new AtomicReferenceArray<>(SLOTS);

  static final int NAME = 8192;                 // PATH_MAX is 4096; mount options are one page, too
  private static final int FIRST = 0;
  private static final int SECOND = FIRST + NAME;
  private static final int SMALL = SECOND + NAME;
  private static final int DATA = SMALL + 1024;
  static final int DATA_SIZE = 65536;           // the largest extended attribute

  private final ByteBuffer memory = ByteBuffer.allocateDirect(DATA + DATA_SIZE).order(ByteOrder.nativeOrder());
  private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(memory));

  private Scratch() {}

  static Scratch take() {
    int start = (int) Thread.currentThread().threadId() & (SLOTS - 1);
    for (int i = 0; i < SLOTS; i++) {
      Scratch s = FREE.getAndSet((start + i) & (SLOTS - 1), null);
      if (s != null) return s;
    }
    return new Scratch();
  }

  /** Gives it back, and answers {@code result} for a tail call. */
  int give(int result) {
    giveBack();
    return result;
  }

  long give(long result) {
    giveBack();
    return result;
  }

  private void giveBack() {
    int start = (int) Thread.currentThread().threadId() & (SLOTS - 1);
    for (int i = 0; i < SLOTS; i++) {
      if (FREE.compareAndSet((start + i) & (SLOTS - 1), null, this)) return;
    }
  }

  /** Puts a name down for the kernel; 0 where it cannot be one: a NUL inside would cut it, and over-long ones are no name anywhere. */
  long first(byte[] name) {
    return text(FIRST, name);
  }

  long second(byte[] name) {
    return text(SECOND, name);
  }

  /** What to answer for a name that {@link #first} refused. */
  static int refused(byte[] name) {
    return name.length >= NAME ? -Errno.ENAMETOOLONG : -Errno.EINVAL;
  }

  private long text(int at, byte[] name) {
    if (name.length >= NAME) return 0;
    for (byte b : name) {
      if (b == 0) return 0;
    }
    memory.put(at, name);
    memory.put(at + name.length, (byte) 0);
    return address + at;
  }

  long small() {
    return address + SMALL;
  }

  long smallLong(int offset) {
    return memory.getLong(SMALL + offset);
  }

  int smallInt(int offset) {
    return memory.getInt(SMALL + offset);
  }

  short smallShort(int offset) {
    return memory.getShort(SMALL + offset);
  }

  void smallLong(int offset, long value) {
    memory.putLong(SMALL + offset, value);
  }

  void smallInt(int offset, int value) {
    memory.putInt(SMALL + offset, value);
  }

  void smallShort(int offset, short value) {
    memory.putShort(SMALL + offset, value);
  }

  long data() {
    return address + DATA;
  }

  /** The data as a buffer, not to be used once this is given back. */
  ByteBuffer dataBuffer() {
    return memory.slice(DATA, DATA_SIZE).order(ByteOrder.nativeOrder());
  }

  void data(byte[] from, int offset, int count) {
    memory.put(DATA, from, offset, count);
  }

  void readData(byte[] into, int offset, int count) {
    memory.get(DATA, into, offset, count);
  }
}
