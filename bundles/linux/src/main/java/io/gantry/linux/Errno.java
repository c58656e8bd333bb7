package io.gantry.linux;

import java.util.Map;

/** Error numbers of Linux, equal on x86-64 and aarch64. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int ENOTBLK = 15;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int ESPIPE = 29;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int EPIPE = 32;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EOVERFLOW = 75;
  public static final int EOPNOTSUPP = 95;
  public static final int ETIMEDOUT = 110;
  public static final int ESTALE = 116;
  public static final int EUCLEAN = 117;
  public static final int EDQUOT = 122;

  private static final Map<Integer, String> WORDS = Map.ofEntries(
      word(EPERM, "EPERM: operation not permitted"), word(ENOENT, "ENOENT: no such file or folder"), word(ESRCH, "ESRCH: no such process"),
      word(EINTR, "EINTR: interrupted"), word(EIO, "EIO: input/output error"), word(ENXIO, "ENXIO: no such device or address"),
      word(E2BIG, "E2BIG: too long"), word(EBADF, "EBADF: bad descriptor"), word(ECHILD, "ECHILD: no child"),
      word(EAGAIN, "EAGAIN: try again"), word(ENOMEM, "ENOMEM: no memory"), word(EACCES, "EACCES: permission denied"),
      word(EFAULT, "EFAULT: bad address"), word(ENOTBLK, "ENOTBLK: not a block device"), word(EBUSY, "EBUSY: in use"),
      word(EEXIST, "EEXIST: exists"), word(EXDEV, "EXDEV: leads to another file system, or out of the folder"),
      word(ENODEV, "ENODEV: no such device or file system"), word(ENOTDIR, "ENOTDIR: not a folder"), word(EISDIR, "EISDIR: is a folder"),
      word(EINVAL, "EINVAL: invalid argument"), word(ENFILE, "ENFILE: too many open files in the system"),
      word(EMFILE, "EMFILE: too many open files"), word(ENOTTY, "ENOTTY: not possible for this kind of file"),
      word(ETXTBSY, "ETXTBSY: program is running"), word(EFBIG, "EFBIG: file too large"), word(ENOSPC, "ENOSPC: no space left"),
      word(ESPIPE, "ESPIPE: cannot seek"), word(EROFS, "EROFS: read only"), word(EMLINK, "EMLINK: too many links"),
      word(EPIPE, "EPIPE: nobody reads"), word(ERANGE, "ERANGE: larger than the buffer"), word(ENAMETOOLONG, "ENAMETOOLONG: name too long"),
      word(ENOSYS, "ENOSYS: this kernel has no such call"), word(ENOTEMPTY, "ENOTEMPTY: folder not empty"),
      word(ELOOP, "ELOOP: a symbolic link, or too many of them"), word(ENODATA, "ENODATA: no such attribute"),
      word(EOVERFLOW, "EOVERFLOW: value too large"), word(EOPNOTSUPP, "EOPNOTSUPP: not supported here"),
      word(ETIMEDOUT, "ETIMEDOUT: timed out"), word(ESTALE, "ESTALE: stale handle"), word(EUCLEAN, "EUCLEAN: damaged file system"),
      word(EDQUOT, "EDQUOT: quota exceeded"));

  private Errno() {}

  /** The name alone, {@code ENOENT}; {@code E134} for one that is not named here. */
  public static String name(int errno) {
    String words = WORDS.get(errno);
    return words == null ? "E" + errno : words.substring(0, words.indexOf(':'));
  }

  /** Name and meaning, {@code ENOENT: no such file or folder}. */
  public static String words(int errno) {
    return WORDS.getOrDefault(errno, "error number " + errno);
  }

  private static Map.Entry<Integer, String> word(int errno, String words) {
    return Map.entry(errno, words);
  }
}
