package io.gantry.transfer;

import io.gantry.api.Reference;
import io.gantry.service.content.Info;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Which repositories of a registry a blob is known to be in, by the label that containerd has for it. */
final class Sources {
  private static final int TRIED = 2;

  private Sources() {}

  /** The key for a registry; its value is a list with commas. */
  static String label(String host) {
    return "containerd.io/distribution.source." + host;
  }

  /** Those other than the reference's own that a mount is tried from; the one most like it first, since its rights are most like it too. */
  static List<String> others(Info info, Reference to) {
    String[] known = info.labels().getOrDefault(label(to.host()), "").split(",");
    return Arrays.stream(known).filter(s -> !s.isBlank() && !s.equals(to.repository())).distinct()
        .sorted(Comparator.comparingInt((String s) -> common(s, to.repository())).reversed()).limit(TRIED).toList();
  }

  /** How many names of the two paths are the same from the start on. */
  private static int common(String a, String b) {
    String[] as = a.split("/");
    String[] bs = b.split("/");
    int n = 0;
    while (n < Math.min(as.length, bs.length) && as[n].equals(bs[n])) n++;
    return n;
  }
}
