package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The same commands to Gantry and to containerd: exit code and output must be the same once what no two runs have in common (times, ages,
 * folders, random names) is told by its kind. Of an error the kind is compared, which is what programs look at: the words before are each
 * one's own. What differs on purpose is said with its reason, and must differ.
 */
final class Comparison {
  private static final Map<Pattern, String> KINDS = kinds();
  private final Ctr ours;
  private final Ctr theirs;
  private final List<String> differences = new ArrayList<>();

  /** @param namespace one of that name with {@code -g} and {@code -c} behind it is used, since cgroups of both have its name */
  Comparison(Ctr ours, Ctr theirs, String namespace) {
    this.ours = ours.in(namespace + "-g");
    this.theirs = theirs.in(namespace + "-c");
  }

  private static Map<Pattern, String> kinds() {
    var all = new LinkedHashMap<Pattern, String>();
    all.put(Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+(Z|[+-]\\d\\d:\\d\\d)"), "TIME");
    all.put(Pattern.compile("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:[0-9.]+ \\+0000 UTC( m=\\+\\S+)?"), "TIME");
    all.put(Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID");
    all.put(Pattern.compile("Less than a second|About a minute|\\b\\d+ (second|minute)s?\\b"), "AGE");
    all.put(Pattern.compile("elapsed: \\S+"), "elapsed: TIME");
    all.put(Pattern.compile("\\d+(\\.\\d+)? ?[KM]?i?B/s"), "RATE");
    all.put(Pattern.compile("(?<=extract-)\\d+-[\\w-]{4}"), "RANDOM");
    all.put(Pattern.compile("fifo/\\d+/"), "fifo/RANDOM/");
    all.put(Pattern.compile("DIR/root/(io.containerd.snapshotter.v1.overlayfs/snapshots/\\d+|snapshot/overlayfs/[0-9a-z]{12})"), "TREE");
    all.put(Pattern.compile("done: [0-9.]+m?s|done\\s+\\(?[0-9.]+m?s\\)?"), "done: TIME");
    all.put(Pattern.compile("\"pid\":\\d+"), "\"pid\":PID");
    all.put(Pattern.compile("\\b\\d+(?=\\s+(RUNNING|STOPPED|CREATED|PAUSED))"), "PID");
    all.put(Pattern.compile("(?m)^\\d+(?=\\s+(-|&|\\{))"), "PID");
    return all;
  }

  private static String told(String text, Ctr side) {
    return byKind(text, side).lines().map(l -> sorted(l.replaceAll("\\s+", " ").strip())).filter(l -> !l.isEmpty())
        .reduce("", (a, b) -> a + b + "\n");
  }

  /** With what no two runs have in common told by its kind. */
  static String byKind(String text, Ctr side) {
    String all = text.replace(side.folder().toString(), "DIR").replace(side.namespace(), "NAMESPACE");
    for (var kind : KINDS.entrySet()) all = kind.getKey().matcher(all).replaceAll(kind.getValue());
    return all;
  }

  /** Labels come in any order. */
  private static String sorted(String line) {
    return Stream.of(line.split(" ")).map(w -> w.contains("=") ? String.join(",", Stream.of(w.split(",")).sorted().toList()) : w)
        .reduce((a, b) -> a + " " + b).orElse("");
  }

  /** Pulls on both sides, whose progress is as it comes. */
  void pull(String... words) throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of("images", "pull", "--plain-http"));
    command.addAll(List.of(words));
    quietly(command.toArray(String[]::new));
  }

  /** Runs it on both sides, whose output is progress, which is as it comes: code and kind of error are the same. */
  void quietly(String... words) throws IOException, InterruptedException {
    List<String> command = List.of(words);
    Answer theirAnswer = theirs.typing("", at(theirs, words));
    Answer ourAnswer = ours.typing("", at(ours, words));
    if (theirAnswer.code() != ourAnswer.code() || !kind(theirAnswer).equals(kind(ourAnswer))) {
      differences.add("ctr " + String.join(" ", command) + "\n--- containerd\n" + theirAnswer.both() + "--- gantry\n" + ourAnswer.both());
    }
  }

  /** The last words, by which clients know an error. */
  private static String kind(Answer a) {
    if (a.code() == 0) return "";
    String text = a.err().strip();
    return text.substring(text.lastIndexOf(": ") + 1).strip();
  }

  private String view(Answer a, Ctr side) {
    return "code " + a.code() + "\n" + told(a.out(), side) + (a.code() == 0 ? "" : "error: " + told(kind(a), side));
  }

  /** Runs it on both sides; what ours printed. */
  String same(String... words) throws IOException, InterruptedException {
    return same("", words);
  }

  /** The same with that on the standard input. */
  String typed(String input, String... words) throws IOException, InterruptedException {
    return same(input, words);
  }

  /** The same where the lines come in any order. */
  void unordered(String... words) throws IOException, InterruptedException {
    differ("ctr " + String.join(" ", words), lines(theirs.run(words)), lines(ours.run(words)));
  }

  private static Answer lines(Answer a) {
    return new Answer(a.code(), a.out().lines().sorted().reduce("", (x, y) -> x + y + "\n"), a.err());
  }

  private String same(String input, String... words) throws IOException, InterruptedException {
    Answer theirAnswer = theirs.typing(input, at(theirs, words));
    Answer ourAnswer = ours.typing(input, at(ours, words));
    differ("ctr " + String.join(" ", words), theirAnswer, ourAnswer);
    return ourAnswer.out();
  }

  /** Words where {@code DIR} is a side's folder, {@code SIDE} ends its namespace and {@code OTHER} that of the other one. */
  private List<String> at(Ctr side, String... words) {
    return Stream.of(words).map(w -> w.replace("DIR", side.folder().toString()).replace("SIDE", end(side))
        .replace("OTHER", end(side == ours ? theirs : ours))).toList();
  }

  private static String end(Ctr side) {
    return side.namespace().substring(side.namespace().length() - 1);
  }

  /** Compares what came of a command that was begun on both sides. */
  void differ(String command, Answer theirAnswer, Answer ourAnswer) {
    if (!view(theirAnswer, theirs).equals(view(ourAnswer, ours))) {
      differences.add(command + "\n--- containerd\n" + view(theirAnswer, theirs) + theirAnswer.err() + "--- gantry\n"
          + view(ourAnswer, ours) + ourAnswer.err());
    }
  }

  /** Compares the bytes of a file of both sides. */
  void files(String path) throws IOException {
    Path theirFile = Path.of(at(theirs, path).getFirst());
    Path ourFile = Path.of(at(ours, path).getFirst());
    if (Files.mismatch(theirFile, ourFile) >= 0) {
      differences.add(path + ": " + Files.size(theirFile) + " bytes of containerd, " + Files.size(ourFile) + " of gantry, not the same");
    }
  }

  /** Begins it on a side. */
  Running begin(Ctr side, String... words) throws IOException {
    return Running.begin(side, at(side, words));
  }

  /** Runs it on both sides, where the answers are not the same, for a reason; what ours printed. */
  String other(String reason, String... words) throws IOException, InterruptedException {
    Answer theirAnswer = theirs.typing("", at(theirs, words));
    Answer ourAnswer = ours.typing("", at(ours, words));
    if (view(theirAnswer, theirs).equals(view(ourAnswer, ours))) {
      differences.add("ctr " + String.join(" ", words) + " no longer differs, which was said of it: " + reason);
    }
    return ourAnswer.out();
  }

  /** Runs it on both sides, where only the shape is the same: every number is one of its own. */
  void shape(String... words) throws IOException, InterruptedException {
    Answer theirAnswer = theirs.run(words);
    Answer ourAnswer = ours.run(words);
    String wanted = view(theirAnswer, theirs).replaceAll("\\d+(\\.\\d+)?", "N");
    String found = view(ourAnswer, ours).replaceAll("\\d+(\\.\\d+)?", "N");
    if (!wanted.equals(found)) {
      differences.add("ctr " + String.join(" ", words) + "\n--- containerd\n" + wanted + theirAnswer.err() + "--- gantry\n" + found
          + ourAnswer.err());
    }
  }

  Ctr ours() {
    return ours;
  }

  Ctr theirs() {
    return theirs;
  }

  /** Fails where a command differed. */
  void end() {
    assertEquals("", String.join("\n\n", differences));
  }

  /** Lines of a table by their first word. */
  static Map<String, String> byFirstWord(String table) {
    Map<String, String> rows = new TreeMap<>();
    table.lines().filter(l -> !l.isBlank()).forEach(l -> rows.put(l.strip().split("\\s+")[0], l));
    return rows;
  }
}
