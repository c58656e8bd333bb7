package io.gantry.mounts;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.linux.Fd;
import io.gantry.linux.FsContext;
import io.gantry.linux.MountInfo;
import io.gantry.linux.Mounting;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Carries out one {@link Mount} by descriptor, so that no page limits its options and nothing half-made is ever visible. */
final class Mounter {
  private Mounter() {}

  /** @throws io.gantry.linux.ErrnoException what the kernel says */
  static void mount(Mount m, Path place) throws IOException {
    try (Fd at = Fd.open(place, Open.PATH | Open.DIRECTORY, 0); Fd mount = detached(m)) {
      Mounting.move(mount, at);
    }
  }

  private static Fd detached(Mount m) throws IOException {
    boolean readOnly = m.options().contains("ro");
    Optional<MountInfo> mounted = m.type().equals("overlay") ? upperMounted(m) : Optional.empty();
    if (m.type().equals("bind") || mounted.isPresent()) {
      // The same upper folder twice would be undefined: what is mounted already is shown a second time.
      String source = mounted.isPresent() ? Names.show(mounted.get().target()) : m.source();
      try (Fd from = Fd.open(Path.of(source), Open.PATH, 0)) {
        Fd copy = Mounting.copyOf(from, Names.of(""), m.options().contains("rbind"));
        if (readOnly) Mounting.attributes(copy, true, Mounting.ATTR_RDONLY, 0, 0);
        return copy;
      }
    }
    try (FsContext fs = FsContext.open(m.type())) {
      if (!m.source().isEmpty()) fs.string("source", m.source());
      for (String option : m.options()) configure(fs, option);
      return fs.mount(readOnly ? Mounting.ATTR_RDONLY : 0);
    }
  }

  private static void configure(FsContext fs, String option) throws IOException {
    int equals = option.indexOf('=');
    String key = equals < 0 ? option : option.substring(0, equals);
    if (key.equals("ro") || key.equals("rw")) return;
    if (equals < 0) {
      fs.flag(key);
    } else if (key.equals("lowerdir")) {
      for (String lower : option.substring(equals + 1).split(":")) fs.string("lowerdir+", lower);
    } else {
      fs.string(key, option.substring(equals + 1));
    }
  }

  /** The overlay that has this upper folder, where there is one. */
  private static Optional<MountInfo> upperMounted(Mount m) throws IOException {
    Optional<String> upper = m.options().stream().filter(o -> o.startsWith("upperdir=")).map(o -> o.substring(9)).findFirst();
    if (upper.isEmpty()) return Optional.empty();
    byte[] wanted = Names.of(upper.get());
    return MountInfo.read().stream()
        .filter(i -> i.type().equals("overlay") && i.superOption("upperdir").filter(u -> Arrays.equals(u, wanted)).isPresent()).findFirst();
  }

  /** Unmounts all that is on the folder, the last first; how many there were. */
  static int unmount(Path place) throws IOException {
    List<MountInfo> there = new ArrayList<>(MountInfo.read().stream().filter(i -> i.isAt(place)).toList());
    for (int i = 0; i < there.size(); i++) Mounting.unmount(place, 0);
    return there.size();
  }

  static boolean present(Path place) throws IOException {
    return MountInfo.read().stream().anyMatch(i -> i.isAt(place));
  }

  /** Where below the target a mount goes; never out of it. */
  static Path place(Path target, Mount m) throws InvalidException {
    Path place = target.resolve(m.target().startsWith("/") ? m.target().substring(1) : m.target()).normalize();
    if (!place.startsWith(target)) throw new InvalidException("mount target '" + m.target() + "' leads out of " + target);
    return place;
  }
}
