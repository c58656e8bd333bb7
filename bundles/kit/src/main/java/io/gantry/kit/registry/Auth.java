package io.gantry.kit.registry;

import java.util.Optional;

/** Who may ask. */
interface Auth {
  /** A refusal, or nothing where the request may pass. */
  Optional<Reply> refuse(Request q, String base);

  /** The answer to requests that are the gate's own, such as those for tokens. */
  default Optional<Reply> own(Request q, byte[] body) {
    return Optional.empty();
  }
}
