package io.gantry.records;

import io.gantry.api.InvalidException;
import java.util.regex.Pattern;

/** The rule of names that become folders and topics: containerd's, with its words. */
final class Identifiers {
  private static final String RULE = "[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*";
  private static final Pattern PATTERN = Pattern.compile(RULE);
  private static final int MAX = 76;

  private Identifiers() {}

  static String checked(String what, String id) throws InvalidException {
    if (id.isEmpty()) throw new InvalidException(what + ": identifier must not be empty");
    if (id.length() > MAX) {
      throw new InvalidException(what + ": identifier \"" + id.substring(0, MAX) + "…\" greater than maximum length (" + MAX
          + " characters)");
    }
    if (!PATTERN.matcher(id).matches()) throw new InvalidException(what + ": identifier \"" + id + "\" must match ^" + RULE + "$");
    return id;
  }
}
