package io.gantry.kit.rules;

import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.kit.image.Programs;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The plainest driver that keeps all rules but the feature REBASE: a whole copy of the parent for each snapshot, by cp(1). */
class PlainSnapshots implements Snapshotter {
  final Path root;

  PlainSnapshots(Path root) {
    this.root = root;
  }

  @Override
  public boolean create(Snap s) throws IOException {
    if (Files.exists(at(s.id()))) return true;
    for (SnapId p : s.parents()) if (!Files.exists(at(p))) throw new NotFoundException("parent " + p + " of " + s.id());
    Path fresh = root.resolve(".new-" + s.id());
    if (Files.notExists(fresh) && !s.parents().isEmpty()) { // one slice for the folder, one for what is in it
      Files.createDirectory(fresh);
      return false;
    }
    Files.createDirectories(fresh);
    make(s, fresh);
    Files.move(fresh, at(s.id()));
    return true;
  }

  /** Makes the folder's content, from the start, however far an earlier try came. */
  void make(Snap s, Path fresh) throws IOException {
    Programs.output("rm", "-rf", fresh.resolve("fs").toString());
    if (s.parents().isEmpty()) Programs.output("mkdir", "-m", "755", fresh.resolve("fs").toString());
    else Programs.output("cp", "-a", at(s.parents().getFirst()).resolve("fs").toString(), fresh.resolve("fs").toString());
    Files.writeString(fresh.resolve("parents"), s.parents().toString());
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    need(s.id());
    return List.of(new Mount("bind", at(s.id()).resolve("fs").toString(), "", List.of("rbind", s.kind() == SnapKind.ACTIVE ? "rw" : "ro")));
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    need(s.id());
    String made = Files.readString(at(s.id()).resolve("parents"));
    if (!made.equals(s.parents().toString())) {
      throw new UnsupportedException("seal of " + s.id() + " over " + s.parents() + ", made over " + made);
    }
    return Optional.of(usage(s.id()));
  }

  @Override
  public Usage usage(SnapId id) throws IOException {
    need(id);
    long[] sums = new long[2];
    try (Stream<Path> walk = Files.walk(at(id).resolve("fs"))) {
      for (Path p : walk.toList()) {
        if (Files.isRegularFile(p)) sums[0] += Files.size(p);
        sums[1]++;
      }
    }
    return new Usage(sums[0], sums[1]);
  }

  @Override
  public boolean remove(SnapId id) throws IOException {
    Path dying = root.resolve(".dying-" + id);
    if (Files.exists(at(id))) {
      Files.move(at(id), dying);
      return false;
    }
    Programs.output("rm", "-rf", dying.toString());
    return true;
  }

  @Override
  public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> !n.startsWith(".")).map(SnapId::new).sorted()
          .filter(i -> after.isEmpty() || i.compareTo(after.get()) > 0).limit(max).toList();
    }
  }

  Path at(SnapId id) {
    return root.resolve(id.value());
  }

  void need(SnapId id) throws IOException {
    if (Files.notExists(at(id))) throw new NotFoundException("no snapshot " + id);
  }

  /** The same with the feature REBASE: what changed against the parents alone, joined by the kernel's overlayfs. */
  static class Overlay extends PlainSnapshots {
    Overlay(Path root) {
      super(root);
    }

    @Override
    void make(Snap s, Path fresh) throws IOException {
      for (String d : List.of("fs", "work")) {
        if (Files.notExists(fresh.resolve(d))) Programs.output("mkdir", "-m", "755", fresh.resolve(d).toString());
      }
      if (s.parents().isEmpty()) Files.setLastModifiedTime(fresh.resolve("fs"), FileTime.fromMillis(0));
      else takeOver(s.parents().getFirst(), fresh.resolve("fs"));
    }

    /** Mode, owner, attributes and time of another snapshot's root. */
    void takeOver(SnapId from, Path to) throws IOException {
      Programs.output("cp", "-a", "--attributes-only", "--no-target-directory", empty(from).toString(), to.toString());
    }

    /** A folder like the root of a snapshot, with nothing in it. */
    private Path empty(SnapId from) throws IOException {
      Path like = Files.createTempDirectory(root, ".like");
      Path fs = at(from).resolve("fs");
      Programs.output("chmod", "--reference=" + fs, like.toString());
      Programs.output("chown", "--reference=" + fs, like.toString());
      byte[] dump = Programs.output("getfattr", "-d", "-m", "^user", "--absolute-names", fs.toString());
      if (dump.length > 0) Programs.output("setfattr", "-n", "user.kit", "-v", value(fs), like.toString());
      Files.setLastModifiedTime(like, Files.getLastModifiedTime(fs));
      return like;
    }

    private static String value(Path fs) throws IOException {
      return new String(Programs.output("getfattr", "--only-values", "-n", "user.kit", "--absolute-names", fs.toString()));
    }

    @Override
    public List<Mount> mounts(Snap s) throws IOException {
      need(s.id());
      String mode = s.kind() == SnapKind.ACTIVE ? "rw" : "ro";
      String fs = at(s.id()).resolve("fs").toString();
      if (s.parents().isEmpty()) return List.of(new Mount("bind", fs, "", List.of("rbind", mode)));
      StringBuilder lower = new StringBuilder();
      for (SnapId p : s.parents()) lower.append(lower.isEmpty() ? "lowerdir=" : ":").append(at(p).resolve("fs"));
      if (mode.equals("rw")) {
        return List.of(new Mount("overlay", "overlay", "", List.of(lower.toString(), "upperdir=" + fs, "workdir=" + at(s.id())
            .resolve("work"))));
      }
      return List.of(new Mount("overlay", "overlay", "", List.of("ro", lower.insert(9, fs + ":").toString())));
    }

    @Override
    public Optional<Usage> seal(Snap s) throws IOException {
      need(s.id());
      for (SnapId p : s.parents()) need(p);
      Path fs = at(s.id()).resolve("fs");
      if (!s.parents().isEmpty() && Files.getLastModifiedTime(fs).toMillis() == 0) takeOver(s.parents().getFirst(), fs);
      return Optional.of(usage(s.id()));
    }
  }
}
