package io.gantry.mounts;

import static java.util.Map.entry;

import io.gantry.linux.Mounting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Options as fstab and containerd write them, told apart: what is the mount's own, and what its file system is to be told.
 *
 * @param attributes for mounts by descriptor
 * @param flags the same for mount(2)
 * @param recursive a bind mount shows what is mounted below, too
 * @param propagation 0 to leave it
 * @param data for the file system, {@code key} or {@code key=value}
 */
record MountOptions(long attributes, long flags, boolean recursive, long propagation, List<String> data) {
  private record Bits(long attribute, long flag) {}

  private static final Map<String, Bits> SET = Map.ofEntries(
      entry("ro", new Bits(Mounting.ATTR_RDONLY, Mounting.RDONLY)), entry("nosuid", new Bits(Mounting.ATTR_NOSUID, Mounting.NOSUID)),
      entry("nodev", new Bits(Mounting.ATTR_NODEV, Mounting.NODEV)), entry("noexec", new Bits(Mounting.ATTR_NOEXEC, Mounting.NOEXEC)),
      entry("noatime", new Bits(Mounting.ATTR_NOATIME, Mounting.NOATIME)),
      entry("nodiratime", new Bits(Mounting.ATTR_NODIRATIME, Mounting.NODIRATIME)));
  private static final Map<String, Long> PROPAGATION = Map.of(
      "private", Mounting.PRIVATE, "rprivate", Mounting.PRIVATE, "slave", Mounting.SLAVE, "rslave",
      Mounting.SLAVE, "shared", Mounting.SHARED, "rshared", Mounting.SHARED);
  /** What takes an attribute back, the last one counts; and what is so anyway. */
  private static final Map<String, String> CLEAR = Map.of(
      "rw", "ro", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "atime", "noatime", "diratime", "nodiratime", "relatime", "noatime",
      "defaults", "", "bind", "", "rbind", "");

  static MountOptions of(List<String> options) {
    long attributes = 0;
    long flags = 0;
    long propagation = 0;
    List<String> data = new ArrayList<>();
    for (String o : options) {
      if (SET.containsKey(o)) {
        attributes |= SET.get(o).attribute;
        flags |= SET.get(o).flag;
      } else if (CLEAR.containsKey(o)) {
        Bits undone = SET.getOrDefault(CLEAR.get(o), new Bits(0, 0));
        attributes &= ~undone.attribute;
        flags &= ~undone.flag;
      } else if (PROPAGATION.containsKey(o)) {
        propagation = PROPAGATION.get(o);
      } else {
        data.add(o);
      }
    }
    return new MountOptions(attributes, flags, options.contains("rbind"), propagation, List.copyOf(data));
  }
}
