package io.gantry.commands;

import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a verb understands: one description for parsing, help and completion.
 *
 * <p>Options may stand before, between and after the operands; after {@code --}, and for a verb with {@link #rest} after the last operand,
 * everything is an operand. {@code --name value} and {@code --name=value} are the same.
 */
public final class Syntax {
  /**
   * One option.
   *
   * @param value what its value is called in help; empty for a flag
   * @param completion what completes its value: {@code image}, {@code container}, {@code driver}, {@code snapshotter}, {@code file} …
   */
  public record Option(String name, Optional<String> letter, String value, String help, boolean many, String completion) {}

  /** One operand: its name in help and what completes it. */
  public record Operand(String name, boolean required, boolean many, String completion) {}

  private final String verb;
  private final String purpose;
  private final Map<String, Option> options = new LinkedHashMap<>();
  private final List<Operand> operands = new ArrayList<>();
  private final List<String> examples = new ArrayList<>();
  private String details = "";
  private boolean rest;

  /** @param verb {@code scope:name} */
  public Syntax(String verb, String purpose) {
    this.verb = verb;
    this.purpose = purpose;
    flag("--help", "-h", "Show this help");
    option("--namespace", "-n", "NAME", "Namespace of the records (default: default)", "namespace");
  }

  public Syntax flag(String name, String letter, String help) {
    return add(new Option(name, letter(letter), "", help, false, ""));
  }

  public Syntax option(String name, String letter, String value, String help, String completion) {
    return add(new Option(name, letter(letter), value, help, false, completion));
  }

  public Syntax many(String name, String letter, String value, String help, String completion) {
    return add(new Option(name, letter(letter), value, help, true, completion));
  }

  /** What {@code --namespace} means for a verb that is not about the records of one. */
  public Syntax namespace(String help) {
    options.computeIfPresent("--namespace", (name, o) -> new Option(name, o.letter(), o.value(), help, o.many(), o.completion()));
    return this;
  }

  /** Table for people or JSON for programs. */
  public Syntax format() {
    return option("--format", "", "table|json", "Form of the output (default: table)", "format");
  }

  public Syntax operand(String name, String completion) {
    operands.add(new Operand(name, true, false, completion));
    return this;
  }

  public Syntax optional(String name, String completion) {
    operands.add(new Operand(name, false, false, completion));
    return this;
  }

  public Syntax operands(String name, String completion) {
    operands.add(new Operand(name, true, true, completion));
    return this;
  }

  /** None, one or more. */
  public Syntax anyOperands(String name, String completion) {
    operands.add(new Operand(name, false, true, completion));
    return this;
  }

  public Syntax rest(String name) {
    return rest(name, false);
  }

  /** All after the operands so far is somebody else's command line. */
  public Syntax rest(String name, boolean required) {
    operands.add(new Operand(name, required, true, ""));
    rest = true;
    return this;
  }

  public Syntax example(String line) {
    examples.add(line);
    return this;
  }

  public Syntax details(String text) {
    details = text;
    return this;
  }

  public String verb() {
    return verb;
  }

  public String purpose() {
    return purpose;
  }

  public List<String> examples() {
    return List.copyOf(examples);
  }

  public List<Option> options() {
    return List.copyOf(options.values());
  }

  public List<Operand> operands() {
    return List.copyOf(operands);
  }

  /** @throws InvalidException an option is unknown or has no value, or operands are missing or too many; the message says how it goes */
  public Args parse(List<String> words) throws InvalidException {
    var values = new LinkedHashMap<String, List<String>>();
    var given = new ArrayList<String>();
    int fixed = rest ? operands.size() - 1 : Integer.MAX_VALUE;
    boolean open = true;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!open || given.size() >= fixed || word.length() < 2 || word.charAt(0) != '-') {
        given.add(word);
        continue;
      }
      if (word.equals("--")) {
        open = false;
        continue;
      }
      if (isJoined(word)) {
        for (char letter : word.substring(1).toCharArray()) {
          values.computeIfAbsent(find("-" + letter).name(), k -> new ArrayList<>()).add("");
        }
        continue;
      }
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      Option option = find(equals < 0 ? word : word.substring(0, equals));
      String value = "";
      if (!option.value().isEmpty()) {
        if (equals >= 0) value = word.substring(equals + 1);
        else if (++i < words.size()) value = words.get(i);
        else throw wrong("option " + option.name() + " needs a value (" + option.value() + ")");
      } else if (equals >= 0) {
        throw wrong("option " + option.name() + " takes no value");
      }
      values.computeIfAbsent(option.name(), k -> new ArrayList<>()).add(value);
    }
    if (!values.containsKey("--help")) checkOperands(given);
    return new Args(this, values, given);
  }

  private void checkOperands(List<String> given) throws InvalidException {
    long required = operands.stream().filter(Operand::required).count();
    if (given.size() < required) throw wrong("missing " + operands.get(given.size()).name());
    boolean open = !operands.isEmpty() && operands.getLast().many();
    if (!open && given.size() > operands.size()) throw wrong("unexpected '" + given.get(operands.size()) + "'");
  }

  /** Whether it is several letters of options that take no value, as {@code -it}. */
  private boolean isJoined(String word) {
    return word.length() > 2 && word.charAt(1) != '-' && word.substring(1).chars().allMatch(c -> options.values().stream()
        .anyMatch(o -> o.value().isEmpty() && o.letter().equals(Optional.of("-" + (char) c))));
  }

  private Option find(String word) throws InvalidException {
    for (Option o : options.values()) if (o.name().equals(word) || o.letter().filter(word::equals).isPresent()) return o;
    throw wrong("unknown option " + word);
  }

  InvalidException wrong(String what) {
    return new InvalidException(verb + ": " + what + "\nusage: " + usage() + "\n'" + verb + " --help' tells more");
  }

  private String usage() {
    var line = new StringBuilder(verb).append(" [OPTIONS]");
    for (Operand o : operands) {
      String name = o.many() ? o.name() + "…" : o.name();
      line.append(' ').append(o.required() ? name : "[" + name + "]");
    }
    return line.toString();
  }

  /**
   * The text of {@code --help}, an example a line, since it is to be copied.
   *
   * @param columns where lines are broken
   */
  public String help(int columns) {
    var text = new StringBuilder();
    wrap(text, "", verb + ": " + purpose, columns);
    wrap(text.append('\n'), "", "Usage: " + usage(), columns);
    if (!details.isEmpty()) text.append('\n');
    details.lines().forEach(line -> wrap(text, "", line, columns));
    text.append("\nOptions:\n");
    int width = options.values().stream().mapToInt(o -> left(o).length()).max().orElse(0);
    boolean beside = columns - width - 4 >= TextTable.NARROWEST;
    for (Option o : options.values()) {
      String help = o.help() + (o.many() ? "; may be given again" : "");
      String left = "  " + left(o) + " ".repeat(width - left(o).length() + 2);
      if (!beside) text.append(left.stripTrailing()).append('\n');
      wrap(text, beside ? left : " ".repeat(6), help, columns);
    }
    text.append(examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n");
    for (String e : examples) text.append("  ").append(e).append('\n');
    return text.toString();
  }

  /** Lines of text behind {@code before}, which blanks stand for from the second one on. */
  private static void wrap(StringBuilder to, String before, String text, int columns) {
    String left = before;
    for (String part : TextTable.parts(text, Math.max(columns - before.length(), TextTable.NARROWEST))) {
      to.append((left + part).stripTrailing()).append('\n');
      left = " ".repeat(before.length());
    }
  }

  private static String left(Option o) {
    return o.letter().map(l -> l + ", ").orElse("    ") + o.name() + (o.value().isEmpty() ? "" : " " + o.value());
  }

  private static Optional<String> letter(String letter) {
    return letter.isEmpty() ? Optional.empty() : Optional.of(letter);
  }

  private Syntax add(Option o) {
    if (options.put(o.name(), o) != null) throw new IllegalArgumentException(verb + " has " + o.name() + " twice");
    return this;
  }
}
