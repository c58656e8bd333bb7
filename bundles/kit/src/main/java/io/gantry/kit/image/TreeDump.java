package io.gantry.kit.image;

import io.gantry.linux.At;
import io.gantry.linux.Dirent;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Names;
import io.gantry.linux.Open;
import io.gantry.linux.Stat;
import io.gantry.linux.Xattr;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A tree as lines of text, with all attributes, so that two can be compared entry by entry. */
public final class TreeDump {
  private final Map<String, String> firstNames = new HashMap<>();
  private final TreeMap<String, String> lines = new TreeMap<>();

  private TreeDump() {}

  public static List<String> of(Path root) throws IOException {
    TreeDump d = new TreeDump();
    try (Fd fd = Fd.open(root)) {
      d.lines.put(".", d.line(fd, Names.DOT, ".", fd.stat()));
      d.folder(fd, "");
      List<String> all = new ArrayList<>(d.lines.size());
      d.lines.forEach((name, line) -> all.add(name + ": " + line));
      return all;
    }
  }

  private void folder(Fd fd, String prefix) throws IOException {
    List<Dirent> names = new ArrayList<>(fd.list());
    names.sort((a, b) -> java.util.Arrays.compareUnsigned(a.name(), b.name()));
    for (Dirent d : names) {
      String name = prefix + Names.show(d.name());
      Stat s = fd.find(d.name()).orElseThrow(() -> new IOException(name + " is listed and not there"));
      lines.put(name, line(fd, d.name(), name, s));
      if (!s.isDirectory()) continue;
      try (Fd inner = fd.open(d.name(), Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0)) {
        folder(inner, name + "/");
      }
    }
  }

  private String line(Fd fd, byte[] name, String shown, Stat s) throws IOException {
    StringBuilder line = new StringBuilder();
    line.append(Integer.toOctalString(s.mode())).append(' ').append(s.uid() & 0xffffffffL).append(':').append(s.gid() & 0xffffffffL);
    line.append(' ').append(s.mtime()).append('.').append(s.mtimeNanos());
    if (s.rdev() != 0) line.append(" dev ").append(Mode.major(s.rdev())).append(',').append(Mode.minor(s.rdev()));
    if (!s.isDirectory() && s.nlink() > 1) {
      String first = firstNames.putIfAbsent(s.dev() + "/" + s.ino(), shown);
      line.append(" links ").append(s.nlink()).append(first == null ? "" : " as " + first);
    }
    if (s.isSymlink()) line.append(" -> ").append(Names.show(At.readlink(fd.raw(), name).orElseThrow()));
    if (s.isFile()) line.append(' ').append(s.size()).append(' ').append(hash(fd, name));
    TreeMap<String, String> xattrs = new TreeMap<>();
    for (byte[] x : Xattr.list(fd.raw(), name)) {
      if (Names.show(x).startsWith("trusted.overlay.")) continue;
      xattrs.put(Names.show(x), HexFormat.of().formatHex(Xattr.get(fd.raw(), name, x).orElseThrow()));
    }
    if (!xattrs.isEmpty()) line.append(' ').append(xattrs);
    return line.toString();
  }

  private static String hash(Fd fd, byte[] name) throws IOException {
    try (Fd file = fd.open(name, Open.RDONLY | Open.NOFOLLOW, 0)) {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[65536];
      for (int n; (n = file.read(buffer, 0, buffer.length)) > 0; ) sha.update(buffer, 0, n);
      return HexFormat.of().formatHex(sha.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
