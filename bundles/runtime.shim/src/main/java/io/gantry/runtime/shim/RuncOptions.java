package io.gantry.runtime.shim;

import io.gantry.api.InvalidException;
import io.gantry.api.Typed;
import java.nio.file.Path;
import java.util.Optional;

/** {@code containerd.runc.v1.Options}: ours, and over them what the client gave. */
final class RuncOptions {
  /** As typeurl writes it: a bare name. */
  static final String TYPE = "containerd.runc.v1.Options";

  private static final int BINARY_NAME = 6;
  private static final int ROOT = 7;

  private RuncOptions() {}

  /**
   * @param root where runc keeps its state: one of ours, since the shim's default is shared by all managers of a host
   * @param given of the client; its values win, since the later field of a message does
   */
  static Typed of(Path root, Path runc, Optional<Typed> given) throws InvalidException {
    byte[] ours = new ProtoWriter().text(BINARY_NAME, runc.toString()).text(ROOT, root.toString()).bytes();
    if (given.isEmpty()) return new Typed(TYPE, ours);
    if (!given.get().typeUrl().equals(TYPE)) {
      throw new InvalidException("runtime options are of type '" + given.get().typeUrl() + "', expected " + TYPE);
    }
    byte[] theirs = given.get().value();
    byte[] both = java.util.Arrays.copyOf(ours, ours.length + theirs.length);
    System.arraycopy(theirs, 0, both, ours.length, theirs.length);
    return new Typed(TYPE, both);
  }
}
