package io.gantry.linux;

import java.io.IOException;

/** This process, and signals by number. */
public final class Self {
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int WNOHANG = 1;

  private Self() {}

  public static int uid() {
    return Libc.getuid();
  }

  public static int effectiveUid() {
    return Libc.geteuid();
  }

  public static boolean isRoot() {
    return effectiveUid() == 0;
  }

  /** Sets the mask of the whole process and answers the one before. */
  public static int umask(int mask) {
    return Libc.umask(mask);
  }

  /** Orphaned grandchildren come to this process, which then has to {@link #reap} them. */
  public static void adoptOrphans(boolean on) throws IOException {
    ErrnoException.check(Libc.result(Libc.prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0)), "become a subreaper");
  }

  /**
   * Reaps one ended child that {@code ProcessBuilder} did not make.
   *
   * @return whether it was one, and had ended
   */
  public static boolean reap(int pid) {
    if (pid <= 0) throw new IllegalArgumentException("pid " + pid + ": one child alone, since the JVM reaps its own");
    return Libc.waitpid(pid, 0, WNOHANG) == pid;
  }

  /** kill(2); false where there is no such process. Prefer {@link Pidfd}. */
  public static boolean kill(int pid, int signal) throws IOException {
    int r = Libc.result(Libc.kill(pid, signal));
    if (r == -Errno.ESRCH) return false;
    ErrnoException.check(r, "send signal " + signal + " to process " + pid);
    return true;
  }
}
