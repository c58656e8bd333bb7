package io.gantry.shell;

import java.util.ArrayList;
import java.util.List;

/** The words of a line that needs no script: quotes and backslashes are taken away, nothing is expanded. */
final class Words {
  private Words() {}

  /** Empty where the line has a pipe, a variable, a block, an assignment or another sign of Gogo's outside quotes, or an open quote. */
  static List<String> plain(String line) {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    boolean inside = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '$' && quote != '\'') return List.of();
      if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
        word.append(line.charAt(++i));
        inside = true;
      } else if (quote != 0) {
        if (c == quote) quote = 0;
        else word.append(c);
      } else if (c == '\'' || c == '"') {
        quote = c;
        inside = true;
      } else if (Character.isWhitespace(c)) {
        if (inside) words.add(word.toString());
        word.setLength(0);
        inside = false;
      } else if ("|;&<>({[`".indexOf(c) >= 0 || (c == '#' && !inside) || (c == '=' && words.size() + (inside ? 1 : 0) <= 1)) {
        return List.of();
      } else {
        word.append(c);
        inside = true;
      }
    }
    if (quote != 0) return List.of();
    if (inside) words.add(word.toString());
    return words;
  }
}
