package io.gantry.resolver.docker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One challenge of a {@code WWW-Authenticate} header.
 *
 * @param scheme lower case, e.g. {@code bearer}
 * @param parameters by lower-case name
 * @param header the header it stood in
 */
record Challenge(String scheme, Map<String, String> parameters, String header) {
  /** All challenges of all headers, in order; what cannot be read is left out. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> all = new ArrayList<>();
    for (String h : headers) new Scanner(h).into(all);
    return all;
  }

  String get(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** RFC 9110 §11.6.1: challenges and their parameters are both separated by commas. */
  private static final class Scanner {
    private final String s;
    private int at;

    Scanner(String s) {
      this.s = s;
    }

    void into(List<Challenge> all) {
      skip(" ,");
      String scheme = token();
      while (!scheme.isEmpty()) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String next = parameters(parameters);
        all.add(new Challenge(scheme.toLowerCase(Locale.ROOT), parameters, s));
        scheme = next;
      }
    }

    /** Reads parameters; gives the token that turned out to be the next scheme, or nothing. */
    private String parameters(Map<String, String> into) {
      while (true) {
        skip(" \t,");
        String name = token();
        skip(" \t");
        if (name.isEmpty() || at >= s.length() || s.charAt(at) != '=') return name;
        at++;
        skip(" \t");
        into.putIfAbsent(name.toLowerCase(Locale.ROOT), at < s.length() && s.charAt(at) == '"' ? quoted() : token());
      }
    }

    private String token() {
      int start = at;
      while (at < s.length() && " \t,=\"".indexOf(s.charAt(at)) < 0) at++;
      return s.substring(start, at);
    }

    private String quoted() {
      StringBuilder b = new StringBuilder();
      for (at++; at < s.length() && s.charAt(at) != '"'; at++) {
        if (s.charAt(at) == '\\' && at + 1 < s.length()) at++;
        b.append(s.charAt(at));
      }
      at = Math.min(at + 1, s.length());
      return b.toString();
    }

    private void skip(String chars) {
      while (at < s.length() && chars.indexOf(s.charAt(at)) >= 0) at++;
    }
  }
}
