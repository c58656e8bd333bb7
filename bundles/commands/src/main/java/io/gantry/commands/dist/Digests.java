package io.gantry.commands.dist;

import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.commands.Args;

/** Digests as they are typed. */
final class Digests {
  private Digests() {}

  /** @throws InvalidException it is none */
  static Digest of(Args args, String word) throws InvalidException {
    try {
      return Digest.parse(word);
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
  }
}
