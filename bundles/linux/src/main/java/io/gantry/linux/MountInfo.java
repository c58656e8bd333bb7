package io.gantry.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A line of {@code /proc/self/mountinfo}.
 *
 * @param device {@code major:minor}
 * @param root what of the file system is shown
 * @param target where it is, seen from this process's root
 * @param options of this mount
 * @param propagation {@code shared:1}, {@code master:2} …; none is private
 * @param type of the file system
 * @param source what was mounted
 * @param superOptions of the file system, still escaped; see {@link #superOption}
 */
public record MountInfo(
    int id, int parent, String device, byte[] root, byte[] target, List<String> options, List<String> propagation, String type,
    byte[] source,
    byte[] superOptions) {

  /** All mounts of this process's namespace, in the order in which they were made. */
  public static List<MountInfo> read() throws IOException {
    var all = new ByteArrayOutputStream();
    byte[] part = new byte[32768];
    try (Fd file = Fd.open(Path.of("/proc/self/mountinfo"), Open.RDONLY, 0)) {
      for (int n; (n = file.read(part, 0, part.length)) > 0; ) all.write(part, 0, n);
    }
    return parse(all.toByteArray());
  }

  /** @throws ErrnoException EINVAL: a line is not as proc(5) says */
  public static List<MountInfo> parse(byte[] text) throws IOException {
    List<MountInfo> all = new ArrayList<>();
    for (byte[] line : split(text, '\n')) {
      if (line.length > 0) all.add(line(line));
    }
    return all;
  }

  private static MountInfo line(byte[] line) throws IOException {
    List<byte[]> f = split(line, ' ');
    int dash = 6;
    while (dash < f.size() && !(f.get(dash).length == 1 && f.get(dash)[0] == '-')) dash++;
    if (f.size() < dash + 4) throw new ErrnoException("read mountinfo line '" + Names.show(line) + "'", Errno.EINVAL);
    return new MountInfo(
        Integer.parseInt(text(f.get(0))), Integer.parseInt(text(f.get(1))), text(f.get(2)), decode(f.get(3)), decode(f.get(4)),
        List.of(text(f.get(5)).split(",")), f.subList(6, dash).stream().map(MountInfo::text).toList(), text(decode(f.get(dash + 1))),
        decode(f.get(dash + 2)), f.get(dash + 3));
  }

  /** Value of an option of the file system, such as {@code upperdir}; of the first, where there are several. */
  public Optional<byte[]> superOption(String key) {
    return superOptions(key).stream().findFirst();
  }

  /** Values of an option that comes several times, such as {@code lowerdir+}. */
  public List<byte[]> superOptions(String key) {
    byte[] head = Names.of(key + "=");
    List<byte[]> values = new ArrayList<>();
    for (byte[] option : split(superOptions, ',')) {
      if (option.length >= head.length && Arrays.equals(option, 0, head.length, head, 0, head.length)) {
        values.add(decode(Arrays.copyOfRange(option, head.length, option.length)));
      }
    }
    return values;
  }

  /** Whether this mount or its file system is read only. */
  public boolean readOnly() {
    return options.contains("ro") || split(superOptions, ',').stream().anyMatch(o -> text(o).equals("ro"));
  }

  public boolean isAt(Path path) {
    return Arrays.equals(target, Names.of(path));
  }

  @Override
  public String toString() {
    return type + " on " + Names.show(target);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static List<byte[]> split(byte[] text, char at) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= text.length; i++) {
      if (i == text.length || text[i] == at) {
        parts.add(Arrays.copyOfRange(text, start, i));
        start = i + 1;
      }
    }
    return parts;
  }

  /** Octal escapes: the kernel writes a space as {@code \040}, a backslash as {@code \134}. */
  private static byte[] decode(byte[] text) {
    byte[] out = new byte[text.length];
    int n = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\\' && i + 3 < text.length && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3])) {
        out[n++] = (byte) (text[i + 1] - '0' << 6 | text[i + 2] - '0' << 3 | text[i + 3] - '0');
        i += 3;
      } else {
        out[n++] = text[i];
      }
    }
    return Arrays.copyOf(out, n);
  }

  private static boolean octal(byte b) {
    return b >= '0' && b <= '7';
  }
}
