package io.gantry.checks;

import java.util.BitSet;

/**
 * Java text with comments blanked and the inside of strings and characters turned into {@code _}, so that patterns meet code alone.
 * Positions and lines stay those of the original.
 *
 * @param text as long as the original
 * @param frozen the lines (from 0) that begin inside a text block, whose blanks are part of the program
 */
record Code(String text, BitSet frozen) {
  static Code of(String java) {
    var out = new StringBuilder(java);
    var frozen = new BitSet();
    int line = 0;
    int i = 0;
    while (i < java.length()) {
      int end = i + 1;
      boolean comment = java.startsWith("//", i) || java.startsWith("/*", i);
      if (java.startsWith("//", i)) end = orEnd(java, java.indexOf('\n', i));
      else if (comment) end = after(java, "*/", i + 2);
      else if (java.startsWith("\"\"\"", i)) end = closing(java, "\"\"\"", i + 3);
      else if (java.charAt(i) == '"' || java.charAt(i) == '\'') end = closing(java, java.substring(i, i + 1), i + 1);
      boolean literal = !comment && end > i + 1;
      for (int k = i; k < end; k++) {
        if (java.charAt(k) == '\n') {
          line++;
          if (literal) frozen.set(line);
        } else if (comment) {
          out.setCharAt(k, ' ');
        } else if (literal && k > i && k < end - 1) {
          out.setCharAt(k, '_');
        }
      }
      i = end;
    }
    return new Code(out.toString(), frozen);
  }

  private static int closing(String s, String quote, int from) {
    for (int k = from; k < s.length(); k++) {
      if (s.charAt(k) == '\\') k++;
      else if (s.startsWith(quote, k)) return k + quote.length();
      else if (quote.length() == 1 && s.charAt(k) == '\n') return k;
    }
    return s.length();
  }

  private static int after(String s, String what, int from) {
    int at = s.indexOf(what, from);
    return at < 0 ? s.length() : at + what.length();
  }

  private static int orEnd(String s, int at) {
    return at < 0 ? s.length() : at;
  }
}
