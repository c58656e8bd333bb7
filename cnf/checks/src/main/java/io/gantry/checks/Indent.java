package io.gantry.checks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where the lines of a Java file begin: a statement two columns inside its block, a continued line further in than its statement. A
 * block's own column is that of its statement's first line, or of the line that opens it (a lambda in a continued line).
 */
final class Indent {
  private static final Pattern ANNOTATIONS = Pattern.compile("(@(?!interface\\b)[\\w.]+(\\([^()]*(\\([^()]*\\)[^()]*)*\\))?\\s*)+");
  private static final Pattern LABEL = Pattern.compile("(case\\b|default\\b).*");

  private record Frame(char kind, int outer, int opened, int statement, boolean caseBlock) {}

  private final Deque<Frame> open = new ArrayDeque<>();
  private final List<Finding> findings = new ArrayList<>();
  private final StringBuilder fixed = new StringBuilder();
  private boolean starts = true;
  private boolean annotating;
  private int statement;
  private int shift;
  private char last = ';';

  private Indent() {}

  static List<Finding> check(String place, String java) {
    return run(place, java).findings;
  }

  static String fix(String java) {
    return run("", java).fixed.toString();
  }

  private static Indent run(String place, String java) {
    var it = new Indent();
    Code code = Code.of(java);
    String[] lines = java.split("\n", -1);
    String[] masked = code.text().split("\n", -1);
    for (int i = 0; i < lines.length; i++) it.line(place + ":" + (i + 1), lines[i], masked[i], code.frozen().get(i), i == lines.length - 1);
    return it;
  }

  private void line(String place, String line, String masked, boolean frozen, boolean end) {
    String code = masked.strip();
    int found = line.length() - line.stripLeading().length();
    int want = frozen || line.isBlank() ? found : column(place, line.strip(), code, found);
    fixed.append(" ".repeat(want)).append(line.substring(found)).append(end ? "" : "\n");
    if (code.isEmpty()) return;
    boolean begins = starts && code.startsWith("@") && !code.startsWith("@interface");
    scan(code, want);
    last = code.charAt(code.length() - 1);
    boolean inBlock = open.isEmpty() || open.peek().kind == '{';
    boolean annotated = begins && ANNOTATIONS.matcher(code).matches() || annotating && inBlock && last == ')';
    annotating = (begins || annotating) && !inBlock;
    starts = inBlock && (annotated || last == ';' || last == '{' || last == '}');
  }

  private int column(String place, String line, String code, int found) {
    if (code.isEmpty() && line.startsWith("*")) return Math.max(0, found + shift);
    boolean closes = code.startsWith("}") && !open.isEmpty() && open.peek().kind == '{';
    boolean continued = !closes && (!starts || !code.isEmpty() && ".),?:".indexOf(code.charAt(0)) >= 0);
    if (continued) {
      int least = code.isEmpty() ? 0 : "})]".indexOf(code.charAt(0)) >= 0 || last == ',' ? statement : statement + 2;
      if (found + shift >= least) return found + shift;
      findings.add(new Finding(place, "continues a statement at column " + found + ", expected at least " + least));
      return least;
    }
    settle(found, code);
    int inner = open.isEmpty() ? 0 : open.peek().outer + 2;
    int want = closes ? inner - 2 : inner;
    boolean inCase = !open.isEmpty() && open.peek().caseBlock && !closes && !LABEL.matcher(code).matches();
    if (inCase && found == inner + 2) want = found;
    if (found != want) findings.add(new Finding(place, "starts at column " + found + ", expected " + want));
    shift = want - found;
    statement = want;
    return want;
  }

  /** The first line in a block tells which of the two columns the block has. */
  private void settle(int found, String code) {
    if (last != '{' || open.isEmpty()) return;
    Frame f = open.peek();
    int inner = code.startsWith("}") ? found : found - 2;
    if (f.opened != f.outer && inner == f.opened) {
      open.pop();
      open.push(new Frame('{', f.opened, f.opened, f.statement, f.caseBlock));
    }
  }

  private void scan(String code, int column) {
    for (int k = 0; k < code.length(); k++) {
      char c = code.charAt(k);
      String before = code.substring(0, k).stripTrailing();
      boolean list = c == '{' && (before.isEmpty() ? "=,({".indexOf(last) >= 0 : "=,({]".indexOf(before.charAt(before.length() - 1)) >= 0);
      if (c == '(' || c == '[' || list) {
        open.push(new Frame('(', statement, column, statement, false));
      } else if (c == '{') {
        boolean inParentheses = !open.isEmpty() && open.peek().kind != '{';
        open.push(new Frame(c, inParentheses ? column : statement, column, statement, before.contains("switch (")));
      }
      if ((c == ')' || c == ']' || c == '}') && !open.isEmpty()) {
        statement = open.pop().statement;
      }
    }
  }
}
