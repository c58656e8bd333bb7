package io.gantry.commands;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Columns for people: as wide as their widest cell, two blanks between. Control characters of foreign text are shown as {@code ?}. */
public final class TextTable {
  private static final int GAP = 2;
  /** What the last column needs at least, to be broken. */
  static final int NARROWEST = 20;
  private final List<List<String>> rows = new ArrayList<>();

  public TextTable(String... head) {
    rows.add(List.of(head));
  }

  public TextTable row(String... cells) {
    rows.add(List.of(cells).stream().map(TextTable::harmless).toList());
    return this;
  }

  /** On a terminal the last column goes on below itself where the line ends; whoever else reads gets a line for each row. */
  public void print(Console console) {
    print(console.out(), console.terminal() ? console.columns() : Integer.MAX_VALUE);
  }

  void print(PrintStream out, int columns) {
    int[] width = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < width.length; i++) width[i] = Math.max(width[i], row.get(i).codePointCount(0, row.get(i).length()));
    }
    int last = width.length - 1;
    int before = IntStream.range(0, last).map(i -> width[i] + GAP).sum();
    int room = columns - before < NARROWEST ? Integer.MAX_VALUE : columns - before; // where nothing fits, the terminal breaks the lines
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < last; i++) {
        String cell = row.get(i);
        line.append(cell).append(" ".repeat(width[i] - cell.codePointCount(0, cell.length()) + GAP));
      }
      for (String part : parts(row.get(last), room)) {
        out.println((line + part).stripTrailing());
        line = new StringBuilder(" ".repeat(before));
      }
    }
  }

  /** Pieces of at most {@code room} characters, broken behind a blank or a comma where there is one. */
  static List<String> parts(String text, int room) {
    var parts = new ArrayList<String>();
    int from = 0;
    while (text.codePointCount(from, text.length()) > room) {
      int end = text.offsetByCodePoints(from, room);
      int to = Math.max(text.lastIndexOf(' ', end), text.lastIndexOf(',', end - 1) + 1);
      if (to <= from) to = end;
      parts.add(text.substring(from, to));
      from = to;
      while (from < text.length() && text.charAt(from) == ' ') from++;
    }
    parts.add(text.substring(from));
    return parts;
  }

  /** Text of an image or a label must not steer the terminal. */
  public static String harmless(String text) {
    return text.codePoints().anyMatch(Character::isISOControl)
        ? text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).collect(StringBuilder::new, StringBuilder::appendCodePoint,
            StringBuilder::append).toString()
        : text;
  }
}
