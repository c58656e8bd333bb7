package io.gantry.unpack;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.linux.ErrnoException;
import io.gantry.spi.layer.Name;

/** What to throw when the kernel refuses an entry. */
final class Problem {
  private Problem() {}

  /** @param result a negated error number */
  static GantryException of(String doing, Name name, int result) {
    return of(doing, name, new ErrnoException("system call", -result));
  }

  static GantryException of(String doing, Name name, ErrnoException e) {
    String what = doing + " '" + name + "'";
    GantryException g = e.as(what);
    // a name that is missing or in the way is the layer's mistake, not the caller's
    return g instanceof NotFoundException || g instanceof AlreadyExistsException ? new InvalidException(what + ": " + e.getMessage(), e)
        : g;
  }
}
