package io.gantry.linux;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import java.io.IOException;

/** A system call that failed. Whoever knows what it was for turns it into one of the family by {@link #as}. */
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1;
  private final int errno;

  /**
   * @param call what was being done, to what: {@code mkdir 'etc'}
   * @param errno why not, positive
   */
  public ErrnoException(String call, int errno) {
    super(call + ": " + Errno.words(errno));
    this.errno = errno;
  }

  /** The number, e.g. {@link Errno#ENOENT}. */
  public int errno() {
    return errno;
  }

  /** The name of the number, {@code ENOENT}. */
  public String name() {
    return Errno.name(errno);
  }

  /**
   * The same as an error of the family.
   *
   * @param doing what was being done, for the user: {@code "mounting snapshot 12 at /run/x"}
   */
  public GantryException as(String doing) {
    String message = doing + ": " + getMessage();
    return switch (errno) {
      case Errno.ENOENT, Errno.ESRCH, Errno.ENODATA, Errno.ENXIO -> new NotFoundException(message, this);
      case Errno.EEXIST -> new AlreadyExistsException(message, this);
      case Errno.EPERM, Errno.EACCES -> new DeniedException(message, this);
      case Errno.ENOSPC, Errno.EDQUOT, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EFBIG, Errno.EMLINK ->
          new ExhaustedException(message, this);
      case Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.ENODEV, Errno.ENOTTY -> new UnsupportedException(message, this);
      case Errno.EBUSY, Errno.ENOTEMPTY, Errno.ETXTBSY, Errno.EROFS -> new ConflictException(message, this);
      case Errno.EIO, Errno.EAGAIN, Errno.ETIMEDOUT, Errno.ESTALE, Errno.EUCLEAN -> new UnavailableException(message, this);
      default -> new InvalidException(message, this);
    };
  }

  /**
   * Makes a call whose failures of this kind are thrown as errors of the family.
   *
   * @param doing as of {@link #as}
   * @throws IOException as thrown by the call
   */
  public static <R> R told(String doing, Blocking.Call<R> call) throws IOException {
    try {
      return call.call();
    } catch (ErrnoException e) {
      throw e.as(doing);
    }
  }

  /** Throws where a result of a kernel-style call is negative. */
  static int check(int result, String call, byte[] name) throws ErrnoException {
    if (result < 0) throw new ErrnoException(call + " '" + Names.show(name) + "'", -result);
    return result;
  }

  static long check(long result, String call) throws ErrnoException {
    if (result < 0) throw new ErrnoException(call, (int) -result);
    return result;
  }
}
