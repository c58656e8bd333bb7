package io.gantry.oci.filter;

import com.google.re2j.Pattern;
import java.util.List;

/** One condition on one field. */
record Selector(List<String> path, Test test) {
  /** What is asked of the field. */
  sealed interface Test {}

  /** Is it there. */
  record Present() implements Test {}

  /** Has it this value. */
  record Equal(String value) implements Test {}

  /** Has it another value, or is not there. */
  record NotEqual(String value) implements Test {}

  /** Is the expression found in it. */
  record Matches(Pattern expression) implements Test {}

  boolean matches(Fields object) {
    var found = object.at(path);
    return switch (test) {
      case Present() -> found.isPresent();
      case Equal(String value) -> found.filter(value::equals).isPresent();
      case NotEqual(String value) -> !found.orElse("").equals(value);
      case Matches(Pattern expression) -> expression.matcher(found.orElse("")).find();
    };
  }
}
