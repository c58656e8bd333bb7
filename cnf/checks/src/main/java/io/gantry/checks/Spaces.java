package io.gantry.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Blanks within lines: none at the end, no tabs, one where code wants one. */
final class Spaces {
  private record Rule(String name, Pattern wrong, String right) {
    Rule(String name, String wrong, String right) {
      this(name, Pattern.compile(wrong), right);
    }
  }

  /** What text of any kind holds to. */
  private static final List<Rule> TEXT = List.of(
      new Rule("carriage return", "\\r", ""), new Rule("tab", "\\t", "  "), new Rule("blank at the end", " +(?=\\n|\\z)", ""),
      new Rule("more than one empty line", "(?<=\\n)\\n{2,}", "\n"), new Rule("no line feed at the end", "(?<=[^\\n])\\z", "\n"),
      new Rule("empty lines at the end", "(?<=\\n)\\n+\\z", ""));

  /** What Java holds to outside of comments and literals. */
  private static final List<Rule> JAVA = List.of(
      new Rule("no blank before (", "\\b(if|for|while|switch|catch|synchronized|try)\\(", "$1 ("),
      new Rule("no blank before {", "(\\)|\\b(?:else|try|finally|do))\\{", "$1 {"),
      new Rule("no blank after }", "\\}(?=else|catch|finally|while)", "} "),
      new Rule("no blank after ,", ",(?=[^\\s])", ", "), new Rule("no blank after ;", ";(?=[^\\s;)])", "; "),
      new Rule("blank before , or ;", "(?<=[\\w)\\]\"'>]) +(?=[,;])", ""),
      new Rule("no blank before an operator", "(?<=[\\w)\\]\"'])(==|!=|&&|\\|\\||->|\\+=|-=)", " $1"),
      new Rule("no blank after an operator", "(==|!=|&&|\\|\\||->|\\+=|-=)(?=[\\w(\"'{!])", "$1 "),
      new Rule("no blanks around =", "(?<=[\\w)\\]\"'])=(?=[\\w(\"'{-])", " = "),
      new Rule("more than one blank", "(?<=\\S) {2,}(?=\\S)", " "));

  private Spaces() {}

  static List<Finding> text(String place, String text) {
    return find(place, text, text, TEXT);
  }

  static List<Finding> java(String place, String java) {
    return find(place, java, Code.of(java).text(), JAVA);
  }

  static String fixText(String text) {
    String now = text;
    for (Rule r : TEXT) now = r.wrong.matcher(now).replaceAll(Matcher.quoteReplacement(r.right));
    return now;
  }

  static String fixJava(String java) {
    String now = java;
    for (Rule r : JAVA) {
      Matcher m = r.wrong.matcher(Code.of(now).text());
      var out = new StringBuilder();
      int from = 0;
      while (m.find()) {
        if (!same(now, m)) continue;
        var piece = new StringBuilder();
        m.appendReplacement(piece, r.right);
        out.append(now, from, m.start()).append(piece.substring(piece.length() - replaced(r, m).length()));
        from = m.end();
      }
      now = out.append(now, from, now.length()).toString();
    }
    return now;
  }

  private static String replaced(Rule r, Matcher m) {
    String text = r.right;
    for (int g = m.groupCount(); g > 0; g--) text = text.replace("$" + g, m.group(g) == null ? "" : m.group(g));
    return text;
  }

  private static List<Finding> find(String place, String original, String searched, List<Rule> rules) {
    var all = new ArrayList<Finding>();
    for (Rule r : rules) {
      Matcher m = r.wrong.matcher(searched);
      while (m.find()) {
        if (original == searched || same(original, m)) all.add(new Finding(place + ":" + Lines.of(original, m.start()), r.name));
      }
    }
    return all;
  }

  /** A comment is blank in the masked text: a run of blanks there may not be one. */
  private static boolean same(String original, Matcher m) {
    return original.substring(m.start(), m.end()).equals(m.group());
  }
}
