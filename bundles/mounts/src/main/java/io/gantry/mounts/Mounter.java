package io.gantry.mounts;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
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

/**
 * Carries out one {@link Mount} by descriptor, so that no page limits its options and nothing half-made is ever visible. Kernels before 6.5
 * do not know {@code lowerdir+}, and none takes more than 255 bytes a value: then by mount(2), whose options are one page.
 */
final class Mounter {
  private Mounter() {}

  /** @throws io.gantry.linux.ErrnoException what the kernel says */
  static void mount(Mount m, Path place) throws IOException {
    MountOptions options = MountOptions.of(m.options());
    Optional<Path> source = source(m);
    if (source.isPresent()) {
      bind(m, source.get(), options, place);
      return;
    }
    try {
      made(m, options, place);
    } catch (ErrnoException e) {
      if (!m.type().equals("overlay") || e.errno() != Errno.EINVAL && e.errno() != Errno.ENOSYS) throw e;
      try {
        atOnce(m, options, place);
      } catch (ErrnoException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  /** What a bind mount shows; the same upper folder twice would be undefined: what is mounted already is shown a second time. */
  private static Optional<Path> source(Mount m) throws IOException {
    if (m.type().equals("bind")) return Optional.of(Path.of(m.source()));
    if (!m.type().equals("overlay")) return Optional.empty();
    return upperMounted(m).map(i -> Path.of(Names.show(i.target())));
  }

  private static void bind(Mount m, Path source, MountOptions options, Path place) throws IOException {
    if (m.type().equals("bind") && !options.data().isEmpty()) {
      throw new InvalidException("bind mount of " + source + ": it takes no option '" + options.data().getFirst() + "'");
    }
    try (Fd at = at(place); Fd from = Fd.open(source, Open.PATH, 0)) {
      try (Fd copy = Mounting.copyOf(from, Names.of(""), options.recursive())) {
        if (options.attributes() != 0 || options.propagation() != 0) {
          Mounting.attributes(copy, true, options.attributes(), 0, options.propagation());
        }
        Mounting.move(copy, at);
      }
    }
  }

  private static void made(Mount m, MountOptions options, Path place) throws IOException {
    try (Fd at = at(place); FsContext fs = FsContext.open(m.type())) {
      if (!m.source().isEmpty()) fs.string("source", m.source());
      for (String option : options.data()) configure(fs, option);
      try (Fd mount = fs.mount(options.attributes())) {
        if (options.propagation() != 0) Mounting.attributes(mount, true, 0, 0, options.propagation());
        Mounting.move(mount, at);
      }
    }
  }

  /** The old way. */
  static void atOnce(Mount m, MountOptions options, Path place) throws IOException {
    Mounting.mount(m.source(), place, m.type(), options.flags(), String.join(",", options.data()));
    if (options.propagation() != 0) Mounting.mount("none", place, "none", options.propagation(), "");
  }

  private static Fd at(Path place) throws IOException {
    return Fd.open(place, Open.PATH | Open.DIRECTORY, 0);
  }

  private static void configure(FsContext fs, String option) throws IOException {
    int equals = option.indexOf('=');
    if (equals < 0) {
      fs.flag(option);
    } else if (option.startsWith("lowerdir=")) {
      for (String lower : option.substring(equals + 1).split(":")) fs.string("lowerdir+", lower);
    } else {
      fs.string(option.substring(0, equals), option.substring(equals + 1));
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
