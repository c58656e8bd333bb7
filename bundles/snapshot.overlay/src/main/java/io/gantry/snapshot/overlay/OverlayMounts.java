package io.gantry.snapshot.overlay;

import io.gantry.api.Mount;
import io.gantry.linux.Names;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Mounts as plain data; a function of the snapshot alone (S-4). */
final class OverlayMounts {
  /** A folder without anything: a view needs two lower folders at least, and of a bind mount its whiteouts would be seen. */
  static final String EMPTY = ".empty";

  private final Path root;
  private final List<String> options;

  OverlayMounts(Path root, List<String> options) {
    this.root = root;
    this.options = List.copyOf(options);
  }

  List<Mount> of(Snap s) {
    if (s.kind() == SnapKind.ACTIVE && s.parents().isEmpty()) return List.of(new Mount("bind", fs(s.id()), "", List.of("rw", "rbind")));
    List<String> all = new ArrayList<>(options);
    if (s.kind() == SnapKind.ACTIVE) {
      all.add("workdir=" + root.resolve(s.id().value()).resolve("work"));
      all.add("upperdir=" + fs(s.id()));
      all.add("lowerdir=" + s.parents().stream().map(this::fs).collect(Collectors.joining(":")));
    } else {
      all.add("ro");
      all.add("lowerdir=" + lowers(s).collect(Collectors.joining(":")));
    }
    return List.of(new Mount("overlay", "overlay", "", all));
  }

  /** Of a view without parents, and of a sealed one, its own folder too. */
  private Stream<String> lowers(Snap s) {
    Stream<SnapId> layers = s.kind() == SnapKind.VIEW && !s.parents().isEmpty() ? s.parents().stream()
        : Stream.concat(Stream.of(s.id()), s.parents().stream());
    return Stream.concat(layers.map(this::fs), Stream.of(root.resolve(EMPTY).toString()));
  }

  private String fs(SnapId id) {
    return root.resolve(id.value()).resolve(Names.show(Overlay.FS)).toString();
  }
}
