package io.gantry.commands.ctr;

import io.gantry.api.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads {@code type=bind,src=/host,dst=/inside,options=rbind:ro}. */
final class MountOption {
  /** What runtimes make of a mount by itself, whatever its type: the words of {@code runc features}. */
  private static final List<String> FLAGS = List.of("ro", "rw", "bind", "rbind", "exec", "noexec", "suid", "nosuid", "dev", "nodev",
      "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable", "atime", "noatime", "relatime",
      "norelatime", "strictatime", "nostrictatime", "diratime", "nodiratime", "lazytime", "nolazytime", "sync", "async", "dirsync",
      "symfollow", "nosymfollow", "acl", "noacl", "iversion", "noiversion", "mand", "nomand", "silent", "loud", "defaults", "remount",
      "tmpcopyup", "rro", "rrw", "rexec", "rnoexec", "rsuid", "rnosuid", "rdev", "rnodev", "ratime", "rnoatime", "rrelatime",
      "rnorelatime", "rstrictatime", "rnostrictatime", "rdiratime", "rnodiratime", "rsymfollow", "rnosymfollow");
  /** Those of tmpfs(5). What other file systems know, they alone tell. */
  private static final List<String> TMPFS = List.of("size", "nr_blocks", "nr_inodes", "mode", "uid", "gid", "huge", "mpol", "noswap",
      "inode32", "inode64", "quota", "usrquota", "grpquota", "usrquota_block_hardlimit", "usrquota_inode_hardlimit",
      "grpquota_block_hardlimit", "grpquota_inode_hardlimit");
  private static final Set<String> CHECKED = Set.of("bind", "tmpfs");

  private MountOption() {}

  /** @throws IllegalArgumentException a key or an option is unknown, a value is missing or too many, or a path is not absolute */
  static Mount parse(String text) {
    String type = "bind";
    String source = "";
    String target = "";
    List<String> options = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "" : part.substring(equals + 1);
      switch (key) {
        case "type" -> type = value;
        case "src", "source" -> source = value;
        case "dst", "destination", "target" -> target = value;
        case "options" -> options.addAll(List.of(value.split(":", -1)));
        case "ro", "readonly" -> {
          if (equals >= 0) throw wrong(text, "'" + key + "' takes no value");
          options.add("ro");
        }
        default -> throw wrong(text, "unknown key '" + key + "', expected type, src, dst, options, ro");
      }
    }
    if (type.isEmpty()) throw wrong(text, "type is empty, expected bind, tmpfs or another file system");
    if (!target.startsWith("/")) throw wrong(text, "dst must be an absolute path in the container");
    if (CHECKED.contains(type)) for (String o : options) check(text, type, o);
    if (type.equals("bind")) {
      if (!source.startsWith("/")) throw wrong(text, "src must be an absolute path of the host");
      if (options.stream().noneMatch(o -> o.equals("bind") || o.equals("rbind"))) options.add("rbind");
    }
    return new Mount(type, source, target, options);
  }

  private static void check(String text, String type, String option) {
    boolean tmpfs = type.equals("tmpfs");
    if (FLAGS.contains(option) || (tmpfs && TMPFS.contains(option.replaceFirst("=.*", "")))) return;
    throw wrong(text, "unknown option '" + option + "' for type " + type + ", expected of " + String.join(", ", FLAGS)
        + (tmpfs ? "; of tmpfs itself: " + String.join(", ", TMPFS) : ""));
  }

  private static IllegalArgumentException wrong(String text, String what) {
    return new IllegalArgumentException("--mount '" + text + "': " + what);
  }
}
