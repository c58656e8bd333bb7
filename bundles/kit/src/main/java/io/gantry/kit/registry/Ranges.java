package io.gantry.kit.registry;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One range of bytes, as RFC 9110 section 14 has it; what is not understood is passed over. */
final class Ranges {
  private static final Pattern ONE = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");

  private Ranges() {}

  static Reply apply(Request q, Reply r) {
    r.header("Accept-Ranges", "bytes");
    Matcher m = ONE.matcher(q.header("Range").orElse(""));
    if (!m.matches()) return r;
    long from = Long.parseLong(m.group(1));
    int size = r.body.length;
    long last = m.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(m.group(2)));
    if (from > last) {
      Reply none = Reply.error(416, "RANGE_INVALID", "from " + from + " of " + size).header("Content-Range", "bytes */" + size);
      none.whole = r.whole;
      return none;
    }
    r.status = 206;
    r.body = Arrays.copyOfRange(r.body, (int) from, (int) last + 1);
    return r.header("Content-Range", "bytes " + from + "-" + last + "/" + size);
  }
}
