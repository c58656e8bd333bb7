package io.gantry.kit.rules;

import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import io.gantry.api.Usage;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Programs;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The rules of {@link Snapshotter} but for its slices, which are in {@link SnapshotSliceContract}. Most need root, to mount. */
public final class SnapshotContract implements Contract<Snapshotter> {
  private static final String REBASE = "REBASE";

  @Override
  public String name() {
    return "Snapshotter";
  }

  @Rule("S-1")
  void createAgainChangesNothing(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.chain(2);
    Snap active = s.active(Snaps.over(base));
    try (Tree tree = s.tree(active)) {
      tree.write("mine", "written before");
    }
    for (Snap again : List.of(active, base, s.as(active, SnapKind.ACTIVE, active.parents()))) {
      t.equal(true, s.driver().create(again), "create of a snapshot that is there");
    }
    try (Tree tree = s.tree(active)) {
      t.equal("written before", tree.read("mine"), "a file, after create came again");
    }
    Snap view = s.view(Snaps.over(base));
    t.equal(true, s.driver().create(view), "create of a view that is there");
  }

  @Rule("S-1")
  void differentSnapshotsAreMadeConcurrently(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.chain(1);
    List<Snap> snaps = new ArrayList<>();
    for (int i = 0; i < 12; i++) snaps.add(s.snap("many" + (char) ('a' + i), SnapKind.ACTIVE, i % 2 == 0 ? List.of() : Snaps.over(base)));
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Future<Snap>> all = snaps.stream().map(n -> threads.submit(() -> s.create(n))).toList();
      for (Future<Snap> f : all) f.get();
    }
    t.check(s.list(100).containsAll(snaps.stream().map(Snap::id).toList()), "one of twelve snapshots made at once is not listed");
  }

  @Rule("S-3")
  void sealedSurvivesAKill(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap top = s.chain(3);
    Map<String, String> before = s.listing(top);
    Snap open = s.active(Snaps.over(top));
    try (Tree tree = s.tree(open)) {
      for (int i = 0; i < 20; i++) tree.write("open/f" + i, "text " + i);
    }
    t.crash();
    t.equal(before, s.listing(top), "the tree of a sealed snapshot after a kill");
    if (!s.list(100).contains(open.id())) return; // lost as a whole
    try (Tree tree = s.tree(open)) {
      for (int i = 0; i < 20; i++) t.equal("text " + i, tree.read("open/f" + i), "a file of an active snapshot that is there after a kill");
    }
  }

  @Rule("S-4")
  void mountsAreEqualOnEveryCall(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap top = s.chain(3);
    Snap active = s.active(Snaps.over(top));
    Snap view = s.view(Snaps.over(top));
    List<List<Mount>> first = List.of(s.driver().mounts(active), s.driver().mounts(view));
    for (int i = 0; i < 3; i++) {
      t.equal(first, List.of(s.driver().mounts(active), s.driver().mounts(view)), "mounts of the same snapshots, asked for again");
      t.reopen();
    }
    Snap unknown = s.snap(SnapKind.ACTIVE, List.of());
    t.fails(NotFoundException.class, "mounts of a snapshot that never was", () -> s.driver().mounts(unknown));
    t.fails(NotFoundException.class, "usage of a snapshot that never was", () -> s.driver().usage(unknown.id()));
  }

  @Rule("S-5")
  void removeOfNothingIsDone(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    t.equal(true, s.driver().remove(new SnapId("never-was")), "remove of a snapshot that never was");
    Snap lower = s.layer(List.of(), "f", "x");
    Snap upper = s.layer(Snaps.over(lower), "g", "y");
    s.remove(upper.id());
    t.equal(true, s.driver().remove(upper.id()), "remove of a snapshot that is gone");
    Snap child = s.layer(Snaps.over(lower), "h", "z");
    s.remove(lower.id()); // whether somebody stands on it is core's business
    t.equal(List.of(child.id()), s.list(10), "snapshots after two of three were removed");
    s.remove(child.id());
    t.equal(List.of(), s.list(10), "snapshots after all were removed");
  }

  @Rule("S-6")
  void whatIsOnDiskIsTheTruth(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap top = s.chain(2);
    Usage usage = s.driver().usage(top.id());
    Map<String, String> tree = s.listing(top);
    List<SnapId> list = s.list(10);
    t.reopen();
    t.equal(list, s.list(10), "snapshots after a new start");
    t.equal(usage, s.driver().usage(top.id()), "usage after a new start");
    t.equal(tree, s.listing(top), "tree after a new start");
    Snapshotter first = t.driver();
    t.another();
    Snap late = s.snap(SnapKind.ACTIVE, Snaps.over(top));
    t.until("create by an instance that has a younger one beside it", () -> first.create(late));
    t.check(s.list(100).contains(late.id()), "what one instance made is not seen by another over the same folder");
    t.equal(first.mounts(late), s.driver().mounts(late), "mounts, asked of two instances");
  }

  @Rule("S-7")
  void activationSweepsNothing(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.chain(1);
    Snap half = s.snap(SnapKind.ACTIVE, Snaps.over(base));
    Snapshotter first = t.driver();
    boolean done = first.create(half);
    Snap open = s.active(List.of());
    try (Tree tree = s.tree(open)) {
      tree.write("f", "at work");
      t.another();
      tree.write("g", "at work still");
    }
    if (!done) t.until("create that was half done when another instance started", () -> first.create(half));
    try (Tree tree = s.tree(open); Tree other = s.tree(half)) {
      t.equal("at work", tree.read("f"), "a file of an active snapshot, after another instance started");
      t.equal("at work still", tree.read("g"), "a file written while another instance started");
      t.equal("of layer 0", other.read("f0"), "a file of a snapshot that was half made when another instance started");
    }
  }

  @Rule("S-8")
  void mountsShowParentsAndChangesStayAbove(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap top = s.chain(3);
    Map<String, String> before = s.listing(top);
    Snap active = s.active(Snaps.over(top));
    try (Tree tree = s.tree(active)) {
      for (int i = 0; i < 3; i++) t.equal("of layer " + i, tree.read("f" + i), "file of layer " + i);
      t.equal("by layer 2", tree.read("d/changed"), "a file that each layer changed");
      tree.write("d/changed", "by the top").write("new/file", "new");
      Files.delete(tree.path("f1"));
      Files.createSymbolicLink(tree.path("link"), Path.of("new/file"));
      Files.move(tree.path("f0"), tree.path("moved"));
    }
    try (Tree tree = s.tree(active)) {
      t.equal(List.of("by the top", "new", "new", "of layer 0", "of layer 2"),
          List.of(tree.read("d/changed"), tree.read("new/file"), tree.read("link"), tree.read("moved"), tree.read("f2")),
          "files, mounted again");
      t.equal(List.of(false, false), List.of(tree.has("f0"), tree.has("f1")), "whether a moved and a deleted file are there");
    }
    t.equal(before, s.listing(top), "the parents' tree after changes above");
    s.seal(active);
    t.equal(before, s.listing(top), "the parents' tree after the snapshot above was sealed");
    Snap child = s.active(Snaps.over(s.as(active, SnapKind.SEALED, active.parents())));
    try (Tree tree = s.tree(child)) {
      t.equal(List.of(false, "by the top"), List.of(tree.has("f1"), tree.read("d/changed")),
          "a deleted and a changed file, seen from above");
    }
  }

  @Rule("S-8")
  void viewRefusesWrites(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    for (int layers = 1; layers <= 2; layers++) {
      Snap view = s.view(Snaps.over(s.chain(layers)));
      try (Tree tree = s.tree(view)) {
        t.check(tree.readOnly(), "mounts of a view without the option ro");
        t.equal("of layer 0", tree.read("f0"), "a file in a view");
        if (!Tree.isRoot()) continue;
        t.fails(IOException.class, "a new file in a view", () -> tree.write("new", "x"));
        t.fails(IOException.class, "a changed file in a view", () -> tree.write("f0", "x"));
        t.fails(IOException.class, "a deleted file in a view", () -> Files.delete(tree.path("f0")));
      }
    }
  }

  @Rule("S-9")
  void rootIsThatOfTheNearestParent(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.active();
    try (Tree tree = s.tree(base)) {
      t.equal("40755", Integer.toOctalString((int) Files.getAttribute(tree.root(), "unix:mode")),
          "mode of the root of a snapshot without parents");
      if (Tree.isRoot()) {
        t.equal(List.of(0, 0), List.of(Files.getAttribute(tree.root(), "unix:uid"), Files.getAttribute(tree.root(), "unix:gid")),
            "its owner");
      }
      dress(tree.root(), "rwxr-x--x", 1_000_000_001L);
    }
    s.seal(base);
    base = s.as(base, SnapKind.SEALED, List.of());
    Snap middle = s.active(Snaps.over(base));
    String worn;
    try (Tree tree = s.tree(middle)) {
      t.equal("40751", Integer.toOctalString((int) Files.getAttribute(tree.root(), "unix:mode")), "mode of the root, as the parent has it");
      t.equal(FileTime.fromMillis(1_000_000_001_000L), Files.getLastModifiedTime(tree.root()), "time of the root, as the parent has it");
      tree.write("f", "x");
      dress(tree.root(), "rwx-----x", 1_111_111_111L);
      worn = Tree.describe(tree.root());
    }
    s.seal(middle);
    middle = s.as(middle, SnapKind.SEALED, middle.parents());
    t.equal(worn, s.listing(middle).get(""), "the root in a view");
    try (Tree tree = s.tree(s.active(Snaps.over(middle)))) {
      t.equal(worn, Tree.describe(tree.root()), "the root of a snapshot over two");
    }
  }

  /** Mode, and owner where we may, and an attribute where the file system has them, and time. */
  private static void dress(Path root, String mode, long seconds) throws IOException {
    if (Tree.isRoot()) {
      Files.setAttribute(root, "unix:uid", 12);
      Files.setAttribute(root, "unix:gid", 34);
    }
    var view = Files.getFileAttributeView(root, java.nio.file.attribute.UserDefinedFileAttributeView.class);
    if (view != null && Files.getFileStore(root).supportsFileAttributeView("user")) {
      view.write("kit", java.nio.ByteBuffer.wrap(mode.getBytes()));
    }
    Files.setPosixFilePermissions(root, java.nio.file.attribute.PosixFilePermissions.fromString(mode));
    Files.setLastModifiedTime(root, FileTime.fromMillis(seconds * 1000));
  }

  @Rule(value = "S-9", feature = REBASE)
  void rootIsTakenOverWhenParentsComeLate(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.active();
    String worn;
    try (Tree tree = s.tree(base)) {
      dress(tree.root(), "rwxr-x--x", 1_000_000_001L);
      worn = Tree.describe(tree.root());
    }
    s.seal(base);
    for (boolean written : new boolean[] {false, true}) {
      Snap late = s.active();
      String own;
      try (Tree tree = s.tree(late)) {
        tree.write("f", "x");
        if (written) dress(tree.root(), "rwx------", 1_222_222_222L);
        else Files.setLastModifiedTime(tree.root(), FileTime.fromMillis(0));
        own = Tree.describe(tree.root());
      }
      late = s.as(late, SnapKind.SEALED, List.of(base.id()));
      s.seal(s.as(late, SnapKind.ACTIVE, late.parents()));
      t.equal(written ? own : worn, s.listing(late).get(""), "the root, "
          + (written ? "written by the layer" : "not written by the layer"));
    }
  }

  @Rule("S-10")
  void listIsInOrderWhateverThePage(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    List<SnapId> ids = new ArrayList<>();
    for (String id : List.of("b", "a", "0", "a-1", "a0", "zz", "m".repeat(64))) {
      ids.add(s.create(s.snap(id, SnapKind.ACTIVE, List.of())).id());
    }
    ids.sort(null);
    for (int page : new int[] {1, 3, 7, 100}) t.equal(ids, s.list(page), "snapshots in pages of " + page);
    t.equal(List.of(new SnapId("m".repeat(64)), new SnapId("zz")), s.driver().list(Optional.of(new SnapId("c")), 10),
        "snapshots after one that is not there");
    s.remove(new SnapId("a0"));
    ids.remove(new SnapId("a0"));
    t.equal(ids, s.list(3), "snapshots after one was removed");
  }

  @Rule("S-11")
  void sealAnswersTheSameAgain(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.chain(1);
    Snap a = s.active(Snaps.over(base));
    try (Tree tree = s.tree(a)) {
      tree.write("f", "x".repeat(100_000)).write("d/g", "y");
    }
    Usage usage = s.seal(a);
    t.check(usage.sizeBytes() >= 100_000 && usage.inodes() >= 2, "usage of 100,001 bytes in two files is " + usage);
    Map<String, String> tree = s.listing(s.as(a, SnapKind.SEALED, a.parents()));
    for (int i = 0; i < 3; i++) {
      t.equal(usage, s.seal(a), "seal, once more");
      t.equal(usage, s.driver().usage(a.id()), "usage of a sealed snapshot");
      if (i == 0) s.layer(Snaps.over(a), "h", "z".repeat(10_000));
      else t.reopen();
    }
    t.equal(tree, s.listing(s.as(a, SnapKind.SEALED, a.parents())), "the tree of a snapshot that was sealed again and again");
  }

  @Rule(value = "S-11", without = REBASE)
  void sealWithOtherParentsIsUnsupported(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.chain(1);
    Snap a = s.active();
    t.fails(UnsupportedException.class, "seal with parents that were not given before", () -> s.driver()
        .seal(s.as(a, SnapKind.ACTIVE, Snaps.over(base))));
    s.seal(a);
  }

  @Rule(value = "S-11", feature = REBASE)
  void parentsMayComeWithSeal(Trial<Snapshotter> t) throws Exception {
    t.need(Tree.isRoot(), "only root can make whiteouts");
    t.need(Programs.find("mknod").isPresent() && Programs.find("setfattr").isPresent(), "no mknod or no setfattr in the PATH");
    Snaps s = new Snaps(t);
    Snap base = s.layer(List.of(), "keep", "kept", "gone", "x", "d/below", "x", "change", "below");
    Snap late = s.active();
    List<Mount> mounts = s.driver().mounts(late);
    t.equal(1, mounts.size(), "mounts of a snapshot whose parents come later");
    try (Tree tree = s.tree(late)) {
      tree.write("d/above", "above").write("change", "above");
      Programs.output("mknod", tree.path("gone").toString(), "c", "0", "0");
      Programs.output("setfattr", "-n", "trusted.overlay.opaque", "-v", "y", tree.path("d").toString());
    }
    Snap sealed = s.as(late, SnapKind.SEALED, List.of(base.id()));
    Usage usage = s.seal(s.as(late, SnapKind.ACTIVE, sealed.parents()));
    t.equal(usage, s.driver().usage(late.id()), "usage of a snapshot whose parents came with seal");
    try (Tree tree = s.tree(s.view(Snaps.over(sealed)))) {
      t.equal(List.of("kept", "above", "above"), List.of(tree.read("keep"), tree.read("change"), tree.read("d/above")),
          "files of both layers");
      t.equal(List.of(false, false), List.of(tree.has("gone"), tree.has("d/below")), "whether what the upper layer hides is there");
    }
    try (Tree tree = s.tree(s.active(Snaps.over(base)))) {
      t.equal(true, tree.has("d/below"), "whether the lower layer still has what the upper one hides");
    }
  }

  @Rule("S-12")
  void missingParentIsNotFound(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap base = s.chain(1);
    for (List<SnapId> parents : List.of(List.of(new SnapId("nowhere")), List.of(base.id(), new SnapId("nowhere")))) {
      Snap orphan = s.snap(SnapKind.ACTIVE, parents);
      t.fails(NotFoundException.class, "create over " + parents, () -> t.until("create", () -> s.driver().create(orphan)));
      t.equal(List.of(base.id()), s.list(10), "snapshots after a create that failed");
      t.fails(NotFoundException.class, "mounts of a snapshot that could not be made", () -> s.driver().mounts(orphan));
    }
  }

  @Rule(value = "S-12", feature = REBASE)
  void missingParentAtSealIsNotFound(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    Snap late = s.active();
    t.fails(NotFoundException.class, "seal over a parent that never was",
        () -> s.seal(s.as(late, SnapKind.ACTIVE, List.of(new SnapId("nowhere")))));
    s.seal(late);
    t.equal(List.of(late.id()), s.list(10), "snapshots, after seal failed and came again without parents");
  }
}
