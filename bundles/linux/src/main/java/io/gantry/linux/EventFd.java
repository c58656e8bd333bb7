package io.gantry.linux;

import java.io.IOException;

/** A descriptor that is readable once somebody called {@link #wake}; wakes a {@link Poll}. */
public final class EventFd implements AutoCloseable {
  private final Fd fd;

  public EventFd() throws IOException {
    int flags = Open.CLOEXEC | Open.NONBLOCK;
    fd = Fd.own((int) ErrnoException.check(Libc.result(Libc.eventfd(0, flags)), "make an event descriptor"));
  }

  public int raw() {
    return fd.raw();
  }

  public void wake() throws IOException {
    fd.write(new byte[] {1, 0, 0, 0, 0, 0, 0, 0}); // adds to a counter of the machine's byte order; any number but 0 will do
  }

  /** Makes it unreadable again. */
  public void clear() {
    Io.read(fd.raw(), new byte[8], 0, 8);
  }

  @Override
  public void close() {
    fd.close();
  }
}
