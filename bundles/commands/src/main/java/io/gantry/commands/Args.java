package io.gantry.commands;

import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A parsed command line. */
public final class Args {
  private final Syntax syntax;
  private final Map<String, List<String>> values;
  private final List<String> operands;

  Args(Syntax syntax, Map<String, List<String>> values, List<String> operands) {
    this.syntax = syntax;
    this.values = Map.copyOf(values);
    this.operands = List.copyOf(operands);
  }

  public boolean has(String option) {
    return values.containsKey(option);
  }

  /** The same line with a value for an option that it does not have; empty for none. */
  Args or(String option, String value) {
    if (value.isEmpty() || values.containsKey(option)) return this;
    var all = new HashMap<>(values);
    all.put(option, List.of(value));
    return new Args(syntax, all, operands);
  }

  /** The last value given, or {@code otherwise}. */
  public String get(String option, String otherwise) {
    List<String> all = values.get(option);
    return all == null ? otherwise : all.getLast();
  }

  public List<String> all(String option) {
    return values.getOrDefault(option, List.of());
  }

  public List<String> operands() {
    return operands;
  }

  public String operand(int i) {
    return operands.get(i);
  }

  /** Operand {@code i} or {@code otherwise}. */
  public String operand(int i, String otherwise) {
    return i < operands.size() ? operands.get(i) : otherwise;
  }

  /** All operands from {@code i} on. */
  public List<String> from(int i) {
    return operands.subList(Math.min(i, operands.size()), operands.size());
  }

  /** @throws InvalidException the namespace's name is wrong */
  public Scope scope() throws InvalidException {
    try {
      return Scope.root().withNamespace(get("--namespace", Scope.DEFAULT_NAMESPACE));
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  /** @throws InvalidException another format than table and json */
  public boolean json() throws InvalidException {
    return switch (get("--format", "table")) {
      case "json" -> true;
      case "table" -> false;
      default -> throw wrong("--format is '" + get("--format", "") + "', expected table or json");
    };
  }

  /** A wrong use of the verb, with its usage line. */
  public InvalidException wrong(String what) {
    return syntax.wrong(what);
  }
}
