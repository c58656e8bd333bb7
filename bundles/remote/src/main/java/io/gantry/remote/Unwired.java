package io.gantry.remote;

import io.gantry.api.UnsupportedException;

/** What our services can and containerd's API has no call for. */
final class Unwired {
  private Unwired() {}

  /** @param what in words: {@code the call …} */
  static UnsupportedException call(String what) {
    return new UnsupportedException(what + " cannot be asked of another manager: containerd's API has no such call; it is for the manager"
        + " itself, in its own framework");
  }
}
