package io.gantry.linux;

import java.io.IOException;

/**
 * A file system being set up by descriptor: fsopen, fsconfig, fsmount (Linux 5.2). Options are given one by one, so no page limits them,
 * and what the kernel has to say about a failure is in the exception.
 *
 * <p>Example: {@code try (var fs = FsContext.open("overlay"); Fd m = fs.string("lowerdir+", a).string("lowerdir+", b).mount(0)) {
 * Mounting.move(m, place); }}
 */
public final class FsContext implements AutoCloseable {
  private static final int SET_FLAG = 0;
  private static final int SET_STRING = 1;
  private static final int SET_FD = 5;
  private static final int CREATE = 6;

  private final String type;
  private final Fd fd;

  private FsContext(String type, Fd fd) {
    this.type = type;
    this.fd = fd;
  }

  /** @throws ErrnoException ENODEV: the kernel has no such file system; ENOSYS: it is older than 5.2 */
  public static FsContext open(String type) throws IOException {
    byte[] name = Names.of(type);
    return Blocking.call(() -> {
      Scratch s = Scratch.take();
      long p = s.first(name);
      long r = p == 0 ? -Errno.EINVAL : Libc.result(Libc.syscall(Arch.FSOPEN, p, 1 /* FSOPEN_CLOEXEC */, 0, 0, 0, 0));
      return new FsContext(type, Fd.own(ErrnoException.check((int) s.give(r), "open file system", name)));
    });
  }

  /** Sets {@code key=value}; a value of at most 255 bytes. */
  public FsContext string(String key, byte[] value) throws IOException {
    configure(SET_STRING, key, value, 0);
    return this;
  }

  public FsContext string(String key, String value) throws IOException {
    return string(key, Names.of(value));
  }

  /** Sets an option without a value, such as {@code ro}. */
  public FsContext flag(String key) throws IOException {
    configure(SET_FLAG, key, null, 0);
    return this;
  }

  /** Sets an option to an open file or folder, as {@code lowerdir+} of overlay takes since Linux 6.13. */
  public FsContext fd(String key, Fd value) throws IOException {
    configure(SET_FD, key, null, value.raw());
    return this;
  }

  /**
   * Creates the file system and answers it as a detached mount, to be put in place by {@link Mounting#move}; closing it unplaced unmounts.
   *
   * @param attributes {@code ATTR_*} of {@link Mounting}
   */
  public Fd mount(long attributes) throws IOException {
    return Blocking.call(() -> {
      configure(CREATE, "", null, 0);
      long r = Libc.result(Libc.syscall(Arch.FSMOUNT, fd.raw(), 1 /* FSMOUNT_CLOEXEC */, attributes, 0, 0, 0));
      if (r < 0) throw failed("mount " + type, (int) -r);
      return Fd.own((int) r);
    });
  }

  private void configure(int command, String key, byte[] value, int number) throws IOException {
    Scratch s = Scratch.take();
    long k = command == CREATE ? 0 : s.first(Names.of(key));
    long v = value == null ? 0 : s.second(value);
    if (value != null && v == 0) {
      s.give(0);
      throw new ErrnoException("set " + key + " of " + type, -Scratch.refused(value));
    }
    long r = s.give(Libc.result(Libc.syscall(Arch.FSCONFIG, fd.raw(), command, k, v, number, 0)));
    if (r >= 0) return;
    String what = command == CREATE ? "create " + type : "set " + key + (value == null ? "" : "=" + Names.show(value)) + " of " + type;
    throw failed(what, (int) -r);
  }

  /** With the kernel's own words, which wait in the descriptor. */
  private ErrnoException failed(String what, int errno) {
    var words = new StringBuilder();
    byte[] line = new byte[1024];
    for (int i = 0; i < 16; i++) {
      long n = Io.read(fd.raw(), line, 0, line.length);
      if (n <= 0) break;
      words.append(words.isEmpty() ? " (" : "; ").append(Mounting.ascii(line, (int) n));
    }
    return new ErrnoException(what + (words.isEmpty() ? "" : words + ")"), errno);
  }

  @Override
  public void close() {
    fd.close();
  }
}
