package io.gantry.gc;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * That a snapshot refers to the owner of a label, as long as it was used within a time, or once it was not.
 *
 * @param within whether it is to be used within the time
 */
record Condition(Thing snapshot, boolean within, Duration time) {
  private static final Pattern USED = Pattern.compile("usedat([<>])(.+)");
  private static final Pattern PART = Pattern.compile("\\G(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Long> NANOS = Map.of("ns", 1L, "us", 1_000L, "µs", 1_000L, "ms", 1_000_000L, "s", 1_000_000_000L, "m",
      60_000_000_000L, "h", 3_600_000_000_000L);
  /** What such a time is in containerd, which has no longer ones. */
  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

  /** Those of a label {@code usedat<24h,usedat>…|KEY}, one of which is enough; what cannot be read is none. */
  static List<Condition> of(String namespace, String snapshotter, String value) {
    int bar = value.indexOf('|');
    if (bar < 0) return List.of();
    Thing snapshot = Thing.snapshot(namespace, snapshotter, value.substring(bar + 1));
    List<Condition> all = new ArrayList<>();
    for (String each : value.substring(0, bar).split(",")) {
      Matcher m = USED.matcher(each);
      if (!m.matches()) continue;
      BigDecimal nanos = nanos(m.group(2));
      if (nanos.signum() >= 0) all.add(new Condition(snapshot, m.group(1).equals("<"), Duration.ofNanos(nanos.longValue())));
    }
    return all;
  }

  /** Of a time such as {@code 1h30m}; less than 0 where it is none. */
  private static BigDecimal nanos(String time) {
    if (time.equals("0")) return BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    Matcher m = PART.matcher(time);
    int end = 0;
    for (; m.find(); end = m.end()) sum = sum.add(new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(NANOS.get(m.group(2)))));
    return end == time.length() && sum.compareTo(MOST) <= 0 ? sum : BigDecimal.ONE.negate();
  }

  boolean holds(Instant used, Instant now) {
    Instant end = used.plus(time);
    return within ? now.isBefore(end) : now.isAfter(end);
  }
}
