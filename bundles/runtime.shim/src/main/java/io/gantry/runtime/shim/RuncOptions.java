package io.gantry.runtime.shim;

import io.gantry.api.InvalidException;
import io.gantry.api.Typed;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * {@code containerd.runc.v1.Options}: ours, and over them what the client gave. Those of the shim before it are taken, too; their fields
 * about a restore, and about how that shim itself is started, mean nothing here and are passed over.
 */
final class RuncOptions {
  /** As typeurl writes it: a bare name. */
  static final String TYPE = "containerd.runc.v1.Options";

  private static final int BINARY_NAME = 6;
  private static final int ROOT = 7;

  /** Fields of older types, by number, and what they are in ours. */
  private static final Map<String, Map<Integer, Integer>> OLD = Map.of(
      // runtime, runtime_root, criu_path, systemd_cgroup
      "containerd.linux.runc.RuncOptions", Map.of(1, BINARY_NAME, 2, ROOT, 3, 8, 4, 9),
      // no_pivot_root, no_new_keyring, shim_cgroup, io_uid, io_gid
      "containerd.linux.runc.CreateOptions", Map.of(1, 1, 8, 2, 9, 3, 10, 4, 11, 5));

  private RuncOptions() {}

  /**
   * @param root where runc keeps its state: one of ours, since the shim's default is shared by all managers of a host
   * @param given of the client; its values win, since the later field of a message does
   */
  static Typed of(Path root, Path runc, Optional<Typed> given) throws InvalidException {
    byte[] ours = new ProtoWriter().text(BINARY_NAME, runc.toString()).text(ROOT, root.toString()).bytes();
    if (given.isEmpty()) return new Typed(TYPE, ours);
    byte[] theirs = theirs(given.get());
    byte[] both = java.util.Arrays.copyOf(ours, ours.length + theirs.length);
    System.arraycopy(theirs, 0, both, ours.length, theirs.length);
    return new Typed(TYPE, both);
  }

  private static byte[] theirs(Typed given) throws InvalidException {
    if (given.typeUrl().equals(TYPE)) return given.value();
    Map<Integer, Integer> fields = OLD.get(given.typeUrl());
    if (fields == null) throw new InvalidException("runtime options are of type '" + given.typeUrl() + "', expected " + TYPE);
    var taken = new ProtoWriter();
    for (var r = new ProtoReader(given.value(), "options of type " + given.typeUrl()); r.next(); ) {
      Integer field = fields.get(r.field());
      if (field == null) continue;
      if (r.isNumber()) taken.number(field, r.number());
      else taken.text(field, r.text());
    }
    return taken.bytes();
  }
}
