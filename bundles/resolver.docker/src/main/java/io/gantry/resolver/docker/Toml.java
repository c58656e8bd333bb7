package io.gantry.resolver.docker;

import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of TOML that {@code hosts.toml} needs: tables with quoted names, strings (basic and literal), arrays over several lines, inline
 * tables, whole numbers, booleans, comments. Dates, floats, multi-line strings and arrays of tables are refused by name. Each error says
 * the line; a library would be larger than the driver.
 */
final class Toml {
  /** A value with the line it starts on, so that its reader can complain as exactly. */
  record Value(Object value, int line) {}

  private final String file;
  private final String text;
  private int at;
  private int line = 1;

  private Toml(String file, String text) {
    this.file = file;
    this.text = text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  /**
   * Reads a file whole: tables are maps of {@link Value}, in the order of the file.
   *
   * @throws InvalidException it is not in this form; the message is {@code FILE:LINE: what}
   */
  static Map<String, Value> parse(String file, String text) throws InvalidException {
    return new Toml(file, text).document();
  }

  static InvalidException error(String file, int line, String what) {
    return new InvalidException(file + ":" + line + ": " + what);
  }

  private Map<String, Value> document() throws InvalidException {
    Map<String, Value> root = new LinkedHashMap<>();
    Map<String, Value> table = root;
    for (skipLines(); at < text.length(); skipLines()) {
      if (peek() == '[') {
        at++;
        if (peek() == '[') throw error("arrays of tables ([[…]]) are not used in this file");
        List<String> path = keys();
        expect(']', "the name of a table ends with ']'");
        table = open(root, path);
      } else {
        assign(table);
      }
      endOfLine();
    }
    return root;
  }

  private Map<String, Value> open(Map<String, Value> root, List<String> path) throws InvalidException {
    Map<String, Value> table = root;
    for (String key : path) {
      Value there = table.computeIfAbsent(key, k -> new Value(new LinkedHashMap<String, Value>(), line));
      table = asTable(there, key);
    }
    return table;
  }

  @SuppressWarnings("unchecked")
  private Map<String, Value> asTable(Value v, String key) throws InvalidException {
    if (v.value instanceof Map<?, ?> map) return (Map<String, Value>) map;
    throw error("'" + key + "' is a value already (line " + v.line + ") and cannot be a table too");
  }

  private void assign(Map<String, Value> table) throws InvalidException {
    List<String> path = keys();
    expect('=', "a key is followed by '='");
    int start = line;
    Object value = value();
    Map<String, Value> in = open(table, path.subList(0, path.size() - 1));
    Value before = in.putIfAbsent(path.getLast(), new Value(value, start));
    if (before != null) throw error("'" + path.getLast() + "' stands there twice (first in line " + before.line + ")");
  }

  /** {@code a."b c".d} */
  private List<String> keys() throws InvalidException {
    List<String> path = new ArrayList<>();
    do {
      skipBlanks();
      char c = peek();
      if (c == '"' || c == '\'') {
        path.add(string());
      } else {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(peek()) || peek() == '_' || peek() == '-')) at++;
        if (at == start) throw error("a key was expected" + found());
        path.add(text.substring(start, at));
      }
      skipBlanks();
    } while (accept('.'));
    return path;
  }

  private Object value() throws InvalidException {
    skipBlanks();
    return switch (peek()) {
      case '"', '\'' -> string();
      case '[' -> array();
      case '{' -> inline();
      default -> word();
    };
  }

  private List<Object> array() throws InvalidException {
    List<Object> list = new ArrayList<>();
    at++;
    for (skipLines(); !accept(']'); skipLines()) {
      list.add(value());
      skipLines();
      if (accept(',')) continue;
      expect(']', "an array goes on with ',' or ends with ']'");
      break;
    }
    return list;
  }

  private Map<String, Value> inline() throws InvalidException {
    Map<String, Value> table = new LinkedHashMap<>();
    at++;
    skipBlanks();
    if (accept('}')) return table;
    do assign(table);
    while (acceptAfterBlanks(','));
    expect('}', "an inline table goes on with ',' or ends with '}'");
    return table;
  }

  private Object word() throws InvalidException {
    int start = at;
    while (at < text.length() && (Character.isLetterOrDigit(peek()) || "+-_.:".indexOf(peek()) >= 0)) at++;
    String word = text.substring(start, at);
    if (word.equals("true")) return true;
    if (word.equals("false")) return false;
    if (word.matches("[+-]?[0-9]{1,18}")) return Long.parseLong(word);
    if (word.isEmpty()) throw error("a value was expected" + found());
    throw error("'" + word + "' is no value here: expected a \"string\", true, false, a whole number or an array");
  }

  private String string() throws InvalidException {
    char quote = peek();
    if (text.startsWith(String.valueOf(quote).repeat(3), at)) throw error("strings over several lines are not used in this file");
    StringBuilder s = new StringBuilder();
    for (at++; ; at++) {
      if (at >= text.length() || peek() == '\n') throw error("a string has no closing " + quote);
      char c = peek();
      if (c == quote) break;
      if (c == '\\' && quote == '"') c = escape();
      s.append(c);
    }
    at++;
    return s.toString();
  }

  private char escape() throws InvalidException {
    at++;
    return switch (peek()) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case '"', '\\' -> peek();
      case 'u' -> {
        String hex = text.substring(Math.min(at + 1, text.length()), Math.min(at + 5, text.length()));
        if (!hex.matches("[0-9a-fA-F]{4}")) throw error("\\u is followed by four hexadecimal digits");
        at += 4;
        yield (char) Integer.parseInt(hex, 16);
      }
      default -> throw error("unknown escape \\" + peek());
    };
  }

  private void endOfLine() throws InvalidException {
    skipBlanks();
    skipComment();
    if (at < text.length() && peek() != '\n') throw error("nothing more was expected on this line" + found());
  }

  /** Blanks, comments and line ends. */
  private void skipLines() {
    for (; ; at++) {
      skipBlanks();
      skipComment();
      if (at >= text.length() || peek() != '\n') return;
      line++;
    }
  }

  private void skipBlanks() {
    while (at < text.length() && (peek() == ' ' || peek() == '\t' || peek() == '\r')) at++;
  }

  private void skipComment() {
    if (at < text.length() && peek() == '#') while (at < text.length() && peek() != '\n') at++;
  }

  private boolean acceptAfterBlanks(char c) {
    skipBlanks();
    return accept(c);
  }

  private boolean accept(char c) {
    if (at >= text.length() || peek() != c) return false;
    at++;
    return true;
  }

  private void expect(char c, String rule) throws InvalidException {
    if (!acceptAfterBlanks(c)) throw error(rule + found());
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private String found() {
    if (at >= text.length()) return ", found the end of the file";
    return peek() == '\n' ? ", found the end of the line" : ", found '" + peek() + "'";
  }

  private InvalidException error(String what) {
    return error(file, line, what);
  }
}
