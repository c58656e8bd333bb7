package io.gantry.commands.dist;

import io.gantry.commands.Console;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.service.transfer.Progress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Shows how a pull or push stands: bars that are drawn over on a terminal, a line for each change of status elsewhere. Calls come from any
 * thread; the monitor guards all fields and is held while printing.
 */
final class ProgressView implements Consumer<Progress>, AutoCloseable {
  private static final long REDRAW_NANOS = Duration.ofMillis(100).toNanos();
  private static final int BAR = 38;
  /** Columns of name, status and amounts. */
  private static final int BESIDE = 73;
  /** What a line is worth where nobody looks on; the steps between come and go. */
  private static final Set<String> TOLD = Set.of("resolved", "exists", "downloading", "unpacking", "uploading", "mounted", "done");
  private final Console console;
  private final boolean bars;
  private final boolean quiet;
  private final long started = System.nanoTime();
  private final Map<String, Progress> items = new LinkedHashMap<>();
  /**
   * Where each layer's way over the network began, and how far it came: unpacking counts anew, and what was kept of an earlier try was not
   * fetched.
   */
  private final Map<String, long[]> fetched = new HashMap<>();
  private long drawn;
  private int height;

  ProgressView(Console console, boolean quiet) {
    this.console = console;
    this.quiet = quiet;
    this.bars = console.terminal();
  }

  @Override
  public synchronized void accept(Progress p) {
    Progress before = items.put(p.name(), p);
    if (p.name().startsWith("layer-")) count(p);
    if (quiet) return;
    boolean changed = before == null || !before.status().equals(p.status());
    if (bars) {
      long now = System.nanoTime();
      if (changed || now - drawn >= REDRAW_NANOS) draw(now);
    } else if (changed && TOLD.contains(p.status())) {
      console.out().println(shortName(p.name()) + ": " + p.status() + (moves(p.status()) ? " " + Text.size(p.total()) : ""));
      console.out().flush();
    }
  }

  private void count(Progress p) {
    if (moves(p.status())) fetched.putIfAbsent(p.name(), new long[] {p.offset(), p.offset()});
    long[] range = fetched.get(p.name());
    if (range != null && !p.status().equals("unpacking")) range[1] = Math.max(range[1], p.offset());
  }

  private void draw(long now) {
    drawn = now;
    var text = new StringBuilder();
    if (height > 0) text.append("\u001b[").append(height).append('A');
    int room = Math.max(1, console.rows() - 2);
    int skip = Math.max(0, items.size() - room);
    int lines = 0;
    for (Progress p : items.values()) {
      if (skip-- > 0) continue;
      text.append("\r\u001b[2K").append(cut(line(p))).append("\r\n");
      lines++;
    }
    text.append("\r\u001b[2K").append(cut(summary(now))).append("\r\n");
    height = lines + 1;
    console.out().print(text);
    console.out().flush();
  }

  private String cut(String line) {
    int columns = console.columns();
    return line.length() <= columns ? line : line.substring(0, columns);
  }

  /** Shorter in a narrow window, so that the amounts stay to be seen. */
  private int bar() {
    return Math.clamp(console.columns() - BESIDE, 3, BAR);
  }

  private String line(Progress p) {
    int width = bar();
    boolean sized = p.total() > 0 && (moves(p.status()) || p.status().equals("unpacking"));
    long filled = sized ? width * Math.min(p.offset(), p.total()) / p.total() : waits(p.status()) ? 0 : width;
    String bar = "|" + "+".repeat((int) filled) + "-".repeat((int) (width - filled)) + "|";
    String amount = sized ? "  " + Text.size(p.offset()) + "/" + Text.size(p.total()) : "";
    return String.format(Locale.ROOT, "%-32s %-14s %s%s", shortName(p.name()) + ":", p.status(), bar, amount);
  }

  private static boolean moves(String status) {
    return status.equals("downloading") || status.equals("uploading");
  }

  private static boolean waits(String status) {
    return status.equals("waiting") || status.equals("resolving");
  }

  private static String shortName(String name) {
    int hex = name.indexOf("sha256:");
    String shown = hex > 0 && name.charAt(hex - 1) == '-' && name.length() > hex + 20 ? name.substring(0, hex + 19) + "…" : name;
    return TextTable.harmless(shown);
  }

  private String summary(long now) {
    double seconds = (now - started) / 1e9;
    return amounts(seconds, fetched.values().stream().mapToLong(range -> range[1] - range[0]).sum());
  }

  /** Draws the last state. */
  @Override
  public synchronized void close() {
    if (!quiet && bars) draw(System.nanoTime());
  }

  synchronized String total(long bytes) {
    double seconds = (System.nanoTime() - started) / 1e9;
    return amounts(seconds, bytes);
  }

  private static String amounts(double seconds, long bytes) {
    return String.format(Locale.ROOT, "elapsed: %.1f s   total: %s (%s/s)", seconds, Text.size(bytes),
        Text.size((long) (bytes / Math.max(seconds, 0.001))));
  }
}
