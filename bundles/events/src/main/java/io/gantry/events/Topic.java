package io.gantry.events;

import io.gantry.api.InvalidException;
import java.util.regex.Pattern;

/** The rule of topics: containerd's, with its words. */
final class Topic {
  private static final String RULE = "[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*";
  private static final Pattern PART = Pattern.compile(RULE);
  private static final int MAX = 76;
  private static final int SHOWN = 200;

  private Topic() {}

  static void check(String topic) throws InvalidException {
    if (topic.isEmpty()) throw wrong(topic, "must not be empty");
    if (topic.charAt(0) != '/') throw wrong(topic, "must start with '/'");
    if (topic.length() == 1) throw wrong(topic, "must have at least one component");
    for (String part : topic.substring(1).split("/", -1)) {
      if (part.isEmpty()) throw wrong(topic, "identifier must not be empty");
      if (part.length() > MAX) throw wrong(topic, "a component is greater than maximum length (" + MAX + " characters)");
      if (!PART.matcher(part).matches()) throw wrong(topic, "failed validation on component \"" + part + "\": must match ^" + RULE + "$");
    }
  }

  private static InvalidException wrong(String topic, String what) {
    return new InvalidException("envelope topic \"" + topic.substring(0, Math.min(SHOWN, topic.length())) + "\": " + what);
  }
}
