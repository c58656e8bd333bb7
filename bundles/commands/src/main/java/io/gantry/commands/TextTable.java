package io.gantry.commands;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Columns for people: as wide as their widest cell, two blanks between. Control characters of foreign text are shown as {@code ?}. */
public final class TextTable {
  private final List<List<String>> rows = new ArrayList<>();

  public TextTable(String... head) {
    rows.add(List.of(head));
  }

  public TextTable row(String... cells) {
    rows.add(List.of(cells).stream().map(TextTable::harmless).toList());
    return this;
  }

  public void print(PrintStream out) {
    int[] width = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < width.length; i++) width[i] = Math.max(width[i], row.get(i).codePointCount(0, row.get(i).length()));
    }
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < width.length; i++) {
        String cell = row.get(i);
        line.append(cell);
        if (i < width.length - 1) line.append(" ".repeat(width[i] - cell.codePointCount(0, cell.length()) + 2));
      }
      out.println(line.toString().stripTrailing());
    }
  }

  /** Text of an image or a label must not steer the terminal. */
  public static String harmless(String text) {
    return text.codePoints().anyMatch(Character::isISOControl)
        ? text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).collect(StringBuilder::new, StringBuilder::appendCodePoint,
            StringBuilder::append).toString()
        : text;
  }
}
