package io.gantry.oci.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.gantry.api.InvalidException;
import java.util.ArrayDeque;

/**
 * Regular expressions of clients. RE2 matches in linear time, but it writes repetitions out and descends into groups, so that a short text
 * can take any memory and any stack: both are bounded here, before it sees the text.
 */
final class Expression {
  /** Most groups in each other. */
  private static final int DEPTH = 100;

  /** Most parts of an expression whose repetitions are written out. */
  private static final int SIZE = 10_000;

  private final String text;
  private int at;

  /** Sizes of the sequences before each open group. */
  private final ArrayDeque<Long> open = new ArrayDeque<>();
  private long sequence;
  private long last;

  private Expression(String text) {
    this.text = text;
  }

  static Pattern compile(String text) throws InvalidException {
    new Expression(text).check();
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new InvalidException("wrong regular expression: " + e.getMessage(), e);
    }
  }

  /** Counts parts; what is no right expression is RE2's to refuse, and counted as it comes. */
  private void check() throws InvalidException {
    while (at < text.length()) {
      switch (text.charAt(at++)) {
        case '(' -> open();
        case ')' -> close();
        case '{' -> repeat();
        case '[' -> skipClass();
        case '\\' -> {
          at++;
          add(1);
        }
        default -> add(1);
      }
      if (sequence > SIZE) {
        throw new InvalidException("the regular expression has more than " + SIZE + " parts with its repetitions written out; repeat less");
      }
    }
  }

  private void open() throws InvalidException {
    open.push(sequence);
    if (open.size() > DEPTH) throw new InvalidException("the regular expression has more than " + DEPTH + " groups in each other");
    sequence = 0;
  }

  private void close() {
    if (open.isEmpty()) return;
    last = sequence + 2; // a group takes two
    sequence = open.pop() + last;
  }

  private void add(long size) {
    last = size;
    sequence += size;
  }

  private void repeat() {
    int end = text.indexOf('}', at);
    int most = 0;
    for (String count : (end < 0 ? "" : text.substring(at, end)).split(",")) {
      if (!count.matches("[0-9]{1,4}")) continue;
      most = Math.max(most, Integer.parseInt(count));
    }
    if (most == 0) {
      add(1);
      return;
    }
    at = end + 1;
    sequence += last * (most - 1);
    last *= most;
  }

  private void skipClass() {
    add(1);
    if (at < text.length() && text.charAt(at) == '^') at++;
    if (at < text.length() && text.charAt(at) == ']') at++;
    while (at < text.length() && text.charAt(at) != ']') at += text.charAt(at) == '\\' ? 2 : 1;
    at++;
  }
}
