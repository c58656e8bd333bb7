package io.gantry.kit.image;

import static io.gantry.kit.image.TarEntry.directory;
import static io.gantry.kit.image.TarEntry.file;
import static io.gantry.kit.image.TarEntry.hardlink;
import static io.gantry.kit.image.TarEntry.symlink;
import static io.gantry.kit.image.TreeCheck.absent;
import static io.gantry.kit.image.TreeCheck.content;
import static io.gantry.kit.image.TreeCheck.different;
import static io.gantry.kit.image.TreeCheck.same;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Layers that other unpackers fell for, as data: what is below, what comes, what must hold. The names are those the field knows. */
public final class HostileLayers {
  private static final TarEntry ETC = directory("etc");
  private static final TarEntry PASSWD = file("etc/passwd", "inside");
  private static final TreeCheck UNBROKEN = content("etc/unbroken", "unbroken");
  private static final TreeCheck KEPT = content("etc/passwd", "inside");
  private final List<Breakout> all = new ArrayList<>();

  private HostileLayers() {}

  /** Every case. */
  public static List<Breakout> breakouts() {
    var h = new HostileLayers();
    h.filesThroughLinks();
    h.hardLinks();
    h.oddNames();
    h.replacements();
    h.whiteouts();
    h.linksToLinks();
    return List.copyOf(h.all);
  }

  private void filesThroughLinks() {
    TarEntry unbroken = file("/localetc/unbroken", "unbroken");
    TarEntry dummy = directory("dummy");
    add("SymlinkAbsolute", UNBROKEN, ETC, symlink("localetc", "/etc"), unbroken);
    add("SymlinkUpAndOut", UNBROKEN, ETC, dummy, symlink("localetc", "/dummy/../etc"), unbroken);
    add("SymlinkMultipleAbsolute", UNBROKEN, ETC, dummy, symlink("/dummy/etc", "/etc"), symlink("localetc", "/dummy/etc"), unbroken);
    add("SymlinkMultipleRelative", UNBROKEN, ETC, dummy, symlink("/dummy/etc", "/etc"), symlink("localetc", "./dummy/etc"), unbroken);
    add("SymlinkEmptyFile", content("etc/emptied", ""), ETC, file("etc/emptied", "not empty"), symlink("localetc", "/etc"),
        file("/localetc/emptied", ""));
    add("SymlinkOverridePath", (root, outside) -> content("d/pwned", "last").verify(root, outside),
        p -> List.of(directory("d"), symlink("d", "/"), file("d" + p + "/pwned", "through the link"), directory("d"),
            file("d/pwned", "last")));
    all.add(new Breakout("SymlinkLoop", List.of(), p -> List.of(symlink("a", "b"), symlink("b", "a"), file("a/f", "nowhere")), true, KEPT));
  }

  private void hardLinks() {
    TarEntry breakouts = directory("breakouts");
    TarEntry mine = hardlink("breakouts/mypasswd", "/breakouts/d1/passwd");
    TreeCheck found = same("breakouts/mypasswd", "etc/passwd");
    add("HardlinkRelative", found, ETC, PASSWD, breakouts, symlink("breakouts/d1", "../../etc"), mine);
    add("HardlinkDownAndOut", found, ETC, PASSWD, breakouts, directory("downandout"),
        symlink("breakouts/d1", "../downandout/../../etc"), mine);
    TarEntry local = hardlink("localpasswd", "/localetc/passwd");
    TreeCheck linked = same("localpasswd", "etc/passwd");
    add("HardlinkAbsolute", linked, ETC, PASSWD, symlink("localetc", "/etc"), local);
    add("HardlinkRelativeLong", linked, ETC, PASSWD, symlink("localetc", "../../../../../../../etc"), local);
    add("HardlinkRelativeUpAndOut", linked, ETC, PASSWD, symlink("localetc", "upandout/../../../etc"), local);
    add("HardlinkDirectRelative", linked, ETC, PASSWD, hardlink("localpasswd", "../../../../../etc/passwd"));
    add("HardlinkDirectAbsolute", linked, ETC, PASSWD, hardlink("localpasswd", "/etc/passwd"));
  }

  private void oddNames() {
    TarEntry local = hardlink("localpasswd", "/etc/passwd");
    TarEntry beneath = hardlink("/localetc/localpasswd", "/etc/passwd");
    TreeCheck linked = same("localpasswd", "etc/passwd");
    TreeCheck linkedBeneath = same("localetc/localpasswd", "etc/passwd");
    add("SymlinkParentDirectory", linked, ETC, PASSWD, symlink("..", "/etc/"), local);
    add("SymlinkEmptyFilename", linked, ETC, PASSWD, symlink("", "/etc/"), local);
    add("SymlinkParentRelative", linkedBeneath, ETC, PASSWD, symlink("localetc/sub/..", "/etc/"), beneath);
    add("SymlinkSlashEnded", linkedBeneath, ETC, PASSWD, directory("localetc/"), beneath);
  }

  private void replacements() {
    TarEntry beneath = hardlink("/localetc/localpasswd", "/etc/passwd");
    TreeCheck linked = same("localetc/localpasswd", "etc/passwd");
    List<TarEntry> folder = List.of(ETC, PASSWD, directory("localetc"));
    over("SymlinkOverrideDirectory", linked, folder, symlink("localetc", "/etc"), beneath);
    over("SymlinkOverrideDirectoryRelative", linked, folder, symlink("localetc", "../../etc"), beneath);
    List<TarEntry> link = List.of(ETC, PASSWD, symlink("localetc", "/etc"));
    over("DirectoryOverrideSymlink", linked.and(TreeCheck.directory("localetc")), link, directory("localetc/"), beneath);
    over("DirectoryOverrideSymlinkAndHardlink", different("localetc/localpasswd", "etc/passwd").and(KEPT),
        List.of(ETC, PASSWD, symlink("localetc", "etc"), hardlink("localetc/localpasswd", "etc/passwd")),
        directory("localetc/"), file("localetc/localpasswd", "different"));
  }

  private void whiteouts() {
    List<TarEntry> users = List.of(ETC, PASSWD);
    for (var bad : List.of("WhiteoutRootParent:.wh...", "WhiteoutParent:etc/.wh...", "WhiteoutRoot:.wh..",
        "WhiteoutCurrentDirectory:etc/.wh..", "WhiteoutEmpty:etc/.wh.")) {
      String[] b = bad.split(":");
      all.add(new Breakout(b[0], users, p -> List.of(file(b[1], "")), true, KEPT));
    }
    List<TarEntry> link = List.of(ETC, PASSWD, file("etc/whitedout", "gone soon"), symlink("localetc", "/etc"));
    over("WhiteoutSymlink", KEPT.and(absent("localetc")), link, file(".wh.localetc", ""));
    over("WhiteoutSymlinkPath", KEPT.and(absent("etc/whitedout")), link, file("localetc/.wh.whitedout", ""));
    over("WhiteoutDirectoryName", KEPT.and(content(".wh.etc/somefile", "not empty")), link, file(".wh.etc/somefile", "not empty"));
    List<TarEntry> dangling = List.of(ETC, PASSWD, symlink("localetc", "/dne"));
    over("WhiteoutDeadSymlinkParent", KEPT, dangling, file("localetc/.wh.etc", ""));
    over("WhiteoutRelativePath", absent("etc"), dangling, file("dne/../.wh.etc", ""));
  }

  private void linksToLinks() {
    TreeCheck one = same("localpasswd", "etc/passwd");
    add("HardlinkSymlinkBeforeCreateTarget", same("localpasswd-dup", "etc/passwd").and(content("etc/passwd", "after")), ETC,
        symlink("localpasswd", "/etc/passwd"), hardlink("localpasswd-dup", "localpasswd"), file("/etc/passwd", "after"));
    add("HardlinkSymlinkRelative", one.and(TreeCheck.symlink("localpasswd", "../../../../../etc/passwd")), ETC, PASSWD,
        symlink("passwdlink", "../../../../../etc/passwd"), hardlink("localpasswd", "/passwdlink"));
    add("HardlinkSymlinkAbsolute", one.and(TreeCheck.symlink("localpasswd", "/etc/passwd")), ETC, PASSWD,
        symlink("passwdlink", "/etc/passwd"), hardlink("localpasswd", "/passwdlink"));
    // a chmod that follows the second name reaches a file of the host (CVE-2021-32760)
    add("HardlinkSymlinkChmod", (root, outside) -> TreeCheck.symlink("sketchylink", outside.resolve("perm400").toString())
        .verify(root, outside),
        p -> List.of(symlink(p.resolve("also-exists-outside-root").toString(), p.resolve("perm400").toString()),
            hardlink("sketchylink", p.resolve("also-exists-outside-root").toString()).mode(0777)));
  }

  private void add(String name, TreeCheck check, TarEntry... stream) {
    over(name, check, List.of(), stream);
  }

  private void add(String name, TreeCheck check, Function<Path, List<TarEntry>> stream) {
    all.add(new Breakout(name, List.of(), stream, false, check));
  }

  private void over(String name, TreeCheck check, List<TarEntry> before, TarEntry... stream) {
    List<TarEntry> entries = List.of(stream);
    all.add(new Breakout(name, before, p -> entries, false, check));
  }
}
