package io.gantry.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Breaks lines that are too long. A statement behind {@code if (…)} gets braces; else the break is where brackets are few and the line is
 * full; comments break between words; a literal is the last thing to be cut.
 */
final class Wrap {
  private static final int CONTINUED = 4;
  private static final int DEPTH_COST = 40;
  private static final int OPENING_COST = 60;
  private static final Pattern GUARDED = Pattern.compile("(\\s*)((?:if|for|while) \\(.*)");
  private static final Pattern COMMENT = Pattern.compile("(\\s*)(/\\*\\*? |\\* |// )(.*)");
  private static final Pattern TEXT = Pattern.compile("\\s*(\\* |// )[\\w({“(\"'].*");

  private Wrap() {}

  static String fix(String java) {
    String now = java;
    for (int round = 0; round < 500; round++) {
      Optional<String> next = once(now);
      if (next.isEmpty()) return now;
      now = next.get();
    }
    return now;
  }

  /** Mends the first line that is too long and can be mended. */
  private static Optional<String> once(String java) {
    Code code = Code.of(java);
    String[] lines = java.split("\n", -1);
    String[] masked = code.text().split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (width(lines[i]) <= SourceRules.LINE || code.frozen().get(i)) continue;
      List<String> broken = masked[i].isBlank() ? comment(lines, i) : code(lines, masked, i);
      if (broken.isEmpty()) continue;
      var all = new ArrayList<>(List.of(lines));
      boolean joined = masked[i].isBlank() && broken.size() == 2 && i + 1 < lines.length && follows(lines[i], lines[i + 1]);
      if (joined) {
        all.set(i + 1, broken.get(1) + " " + COMMENT.matcher(lines[i + 1]).replaceFirst("$3"));
        broken = broken.subList(0, 1);
      }
      all.remove(i);
      all.addAll(i, broken);
      return Optional.of(String.join("\n", all));
    }
    return Optional.empty();
  }

  private static boolean follows(String line, String next) {
    return !line.strip().startsWith("/*") && TEXT.matcher(next).matches()
        && line.indexOf(line.strip().charAt(0)) == next.indexOf(next.strip().charAt(0));
  }

  private static List<String> comment(String[] lines, int i) {
    Matcher m = COMMENT.matcher(lines[i]);
    if (!m.matches()) return List.of();
    if (m.group(2).startsWith("/*")) {
      String text = m.group(3);
      if (!text.endsWith("*/")) return List.of();
      String body = m.group(1) + " * " + text.substring(0, text.length() - 2).strip();
      return List.of(m.group(1) + m.group(2).strip(), body, m.group(1) + " */");
    }
    int at = lines[i].lastIndexOf(' ', SourceRules.LINE);
    int start = m.start(3);
    if (at <= start) return List.of();
    return List.of(lines[i].substring(0, at), lines[i].substring(0, start) + lines[i].substring(at + 1));
  }

  private static List<String> code(String[] lines, String[] masked, int i) {
    String line = lines[i];
    String code = masked[i].stripTrailing();
    String indent = " ".repeat(line.length() - line.stripLeading().length());
    if (code.length() < line.length()) return List.of(indent + line.substring(code.length()).strip(), line.substring(0, code.length()));
    Matcher guarded = GUARDED.matcher(code);
    boolean otherwise = i + 1 < lines.length && lines[i + 1].strip().startsWith("else");
    if (guarded.matches() && code.endsWith(";") && !otherwise) {
      int close = closing(code, code.indexOf('('));
      if (close > 0 && close + 2 < code.length()) {
        return List.of(line.substring(0, close + 1) + " {", indent + "  " + line.substring(close + 2), indent + "}");
      }
    }
    int at = best(code, code.strip().startsWith("for ("));
    boolean further = !continues(masked, i) || at > 0 && code.charAt(at - 1) == '(';
    String begin = further ? indent + " ".repeat(CONTINUED) : indent;
    if (at > 0) return List.of(line.substring(0, at).stripTrailing(), begin + line.substring(at).strip());
    int quote = code.lastIndexOf('"', SourceRules.LINE);
    if (quote < 0) return List.of();
    int last = SourceRules.LINE - 2;
    if (code.substring(0, quote + 1).chars().filter(c -> c == '"').count() % 2 == 0) { // it ends before the edge
      last = quote - 1;
      quote = code.lastIndexOf('"', last);
    }
    int cut = line.lastIndexOf(' ', last) + 1;
    if (cut <= quote + 1) cut = last + 1;
    while (line.charAt(cut - 1) == '\\') cut--;
    return List.of(line.substring(0, cut) + "\"", begin + "+ \"" + line.substring(cut));
  }

  /** Whether the line is not the first of its statement. */
  private static boolean continues(String[] masked, int i) {
    for (int k = i - 1; k >= 0; k--) {
      String before = masked[k].strip();
      if (!before.isEmpty()) return ";{}".indexOf(before.charAt(before.length() - 1)) < 0 && !before.startsWith("@");
    }
    return false;
  }

  private static int best(String code, boolean loop) {
    int depth = 0;
    int generic = 0;
    int best = -1;
    double least = Double.MAX_VALUE;
    int first = code.length() - code.stripLeading().length() + 1;
    for (int k = first; k < code.length() && k <= SourceRules.LINE; k++) {
      char c = code.charAt(k - 1);
      if (")]}".indexOf(c) >= 0) depth--;
      if (c == '<' && Character.isLetterOrDigit(code.charAt(k - 2 < 0 ? 0 : k - 2))) generic++;
      if (c == '>' && generic > 0 && code.charAt(k - 2) != '-') generic--;
      if ("([{".indexOf(c) >= 0) depth++;
      double cost = cost(code, k, loop);
      if (cost < 0 || generic > 0) continue;
      double all = cost + depth * DEPTH_COST + SourceRules.LINE - k;
      if (all <= least) {
        least = all;
        best = k;
      }
    }
    return best;
  }

  /** How bad a break before position {@code k} is, apart from brackets; negative where there can be none. */
  private static double cost(String code, int k, boolean loop) {
    String rest = code.substring(k);
    String before = code.substring(0, k);
    if (before.endsWith(", ") || before.endsWith("; ") && loop) return 0;
    if (before.endsWith(" ") && rest.matches("(\\+|&&|\\|\\||\\?|==|!=) .*")) return 0;
    if (before.endsWith(" ") && rest.startsWith(": ") && !loop) return 0;
    if (before.matches(".*\\w = ") || before.endsWith("-> ") && !rest.startsWith("{")) return DEPTH_COST;
    if (before.endsWith(")") && rest.startsWith(".")) return 0;
    if (before.endsWith(" ") && rest.matches("(throws|extends|implements|permits) .*")) return 0;
    if (before.endsWith("(") && !rest.startsWith(")")) return OPENING_COST;
    return -1;
  }

  private static int closing(String code, int open) {
    int depth = 0;
    for (int k = open; k < code.length(); k++) {
      if (code.charAt(k) == '(') depth++;
      if (code.charAt(k) == ')' && --depth == 0) return k;
    }
    return -1;
  }

  private static int width(String line) {
    return line.codePointCount(0, line.length());
  }
}
