package io.gantry.linux;

import java.io.IOException;
import java.time.Duration;

/** A process by descriptor (Linux 5.3): its number cannot come to mean another one while this is open. */
public final class Pidfd implements AutoCloseable {
  private final int pid;
  private final Fd fd;

  private Pidfd(int pid, Fd fd) {
    this.pid = pid;
    this.fd = fd;
  }

  /** @throws ErrnoException ESRCH: there is no such process. Compare {@link ProcStat#startTicks} afterwards to know it is the right one */
  public static Pidfd open(int pid) throws IOException {
    long r = Libc.result(Libc.syscall(Arch.PIDFD_OPEN, pid, 0, 0, 0, 0, 0));
    return new Pidfd(pid, Fd.own((int) ErrnoException.check(r, "open process " + pid)));
  }

  public int pid() {
    return pid;
  }

  /** For {@link Poll}: readable when the process has ended. */
  public int raw() {
    return fd.raw();
  }

  /** Sends a signal; false when it has ended. */
  public boolean signal(int signal) throws IOException {
    long r = Libc.result(Libc.syscall(Arch.PIDFD_SEND_SIGNAL, fd.raw(), signal, 0, 0, 0, 0));
    if (r == -Errno.ESRCH) return false;
    ErrnoException.check(r, "send signal " + signal + " to process " + pid);
    return true;
  }

  /** Waits until the process has ended; false when it has not by then. Blocks on the native pool for a virtual thread. */
  public boolean await(Duration timeout) throws IOException {
    return Blocking.call(() -> Poll.readable(new int[] {fd.raw()}, timeout)[0]);
  }

  public boolean ended() throws IOException {
    return Poll.readable(new int[] {fd.raw()}, Duration.ZERO)[0];
  }

  @Override
  public void close() {
    fd.close();
  }
}
