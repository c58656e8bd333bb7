package io.gantry.oci.filter;

import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.List;

/** Reads one filter from left to right. Errors have containerd's words, on which clients match. */
final class FilterParser {
  private final String in;
  private int at;

  FilterParser(String text) {
    this.in = text;
  }

  List<Selector> selectors() throws InvalidException {
    var all = new ArrayList<Selector>();
    all.add(selector());
    while (at < in.length()) {
      if (in.charAt(at) != ',') throw wrong(at, "unexpected input: " + Character.toString(in.codePointAt(at)));
      at++;
      all.add(selector());
    }
    return List.copyOf(all);
  }

  private Selector selector() throws InvalidException {
    List<String> path = path();
    if (at == in.length() || in.charAt(at) == ',') return new Selector(path, new Selector.Present());
    skipBlanks();
    int start = at;
    String operator = operator();
    skipBlanks();
    int from = at;
    return switch (operator) {
      case "==" -> new Selector(path, new Selector.Equal(value(false)));
      case "!=" -> new Selector(path, new Selector.NotEqual(value(false)));
      case "~=" -> {
        String text = value(true);
        try {
          yield new Selector(path, new Selector.Matches(Expression.compile(text)));
        } catch (InvalidException e) {
          throw wrong(from, e.getMessage());
        }
      }
      case "" -> throw wrong(start, "expected an operator (\"==\"|\"!=\"|\"~=\")");
      default -> throw wrong(start, "unsupported operator \"" + operator + "\"");
    };
  }

  private List<String> path() throws InvalidException {
    var parts = new ArrayList<String>();
    parts.add(field());
    while (at < in.length() && in.charAt(at) == '.') {
      at++;
      parts.add(field());
    }
    return List.copyOf(parts);
  }

  private String field() throws InvalidException {
    skipBlanks();
    if (isQuote()) return quoted(false);
    int start = at;
    while (at < in.length() && isField(in.charAt(at))) at++;
    if (at == start) throw wrong(start, "expected field or quoted");
    return in.substring(start, at);
  }

  private String operator() {
    int start = at;
    while (at < in.length() && isOperator(in.charAt(at))) at++;
    return in.substring(start, at);
  }

  private String value(boolean expression) throws InvalidException {
    if (isQuote()) return quoted(expression);
    int start = at;
    if (at == in.length() || in.charAt(at) == '.' || isOperator(in.charAt(at))) throw wrong(start, "expected value or quoted");
    while (at < in.length() && isValue(in.charAt(at))) at++;
    if (at == start) throw wrong(start, "expected value or quoted");
    return in.substring(start, at);
  }

  private String quoted(boolean expression) throws InvalidException {
    int start = at;
    try {
      var literal = Quoted.read(in, start);
      if (!expression && in.charAt(start) != '"') throw new InvalidException("invalid quote encountered");
      at = literal.end();
      return literal.text();
    } catch (InvalidException e) {
      throw wrong(start, e.getMessage());
    }
  }

  private void skipBlanks() {
    while (at < in.length() && Character.isWhitespace(in.charAt(at))) at++;
  }

  private boolean isQuote() {
    return at < in.length() && "\"/|".indexOf(in.charAt(at)) >= 0;
  }

  private static boolean isField(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
  }

  private static boolean isOperator(char c) {
    return c == '=' || c == '!' || c == '~';
  }

  private static boolean isValue(char c) {
    return c != ',' && !Character.isWhitespace(c) && !Character.isISOControl(c);
  }

  private InvalidException wrong(int position, String what) {
    if (position >= in.length()) return new InvalidException("filters: parse error: [" + in + "]: " + what);
    int next = in.offsetByCodePoints(position, 1);
    return new InvalidException("filters: parse error: [" + in.substring(0, position) + " >|" + in.substring(position, next) + "|< "
        + in.substring(next) + "]: " + what);
  }
}
