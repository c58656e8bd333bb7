package io.gantry.oci.filter;

import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.List;

/**
 * A filter of containerd's language. One text is a list of selectors joined by commas, all of which must match; of several texts one must.
 *
 * <pre>
 * selector  := path | path operator value
 * path      := field ("." field)*
 * field     := quoted | [A-Za-z0-9_-]+
 * operator  := "==" | "!=" | "~="
 * value     := quoted | what is up to a comma or blank
 * quoted    := a string of Go in "; behind ~= also in / or |
 * </pre>
 *
 * <p>A path alone asks whether the field is there. {@code !=} and {@code ~=} take a field that is not there for an empty one; {@code ~=}
 * looks for the expression (RE2's syntax) anywhere in the value, in a time linear in its length.
 */
public final class Filter {
  private final List<List<Selector>> any;

  private Filter(List<List<Selector>> any) {
    this.any = any;
  }

  /**
   * Reads filters; none, or an empty one, matches everything.
   *
   * @throws InvalidException one of them is no filter, or has no right regular expression; the message marks the place {@code >|x|<}
   */
  public static Filter parse(List<String> texts) throws InvalidException {
    var any = new ArrayList<List<Selector>>();
    for (String text : texts) any.add(text.isEmpty() ? List.of() : new FilterParser(text).selectors());
    return new Filter(List.copyOf(any));
  }

  /** Whether an object is meant. */
  public boolean matches(Fields object) {
    return any.isEmpty() || any.stream().anyMatch(all -> all.stream().allMatch(s -> s.matches(object)));
  }
}
