package io.gantry.resolver.docker;

import java.util.Set;
import java.util.TreeSet;

/**
 * What a request wants to do, as scopes of tokens name it.
 *
 * @param repository empty for no repository
 * @param push whether it may write there
 * @param from another repository that a blob is to be taken from; empty for none
 */
record Need(String repository, boolean push, String from) {
  static Need pull(String repository) {
    return new Need(repository, false, "");
  }

  static Need push(String repository) {
    return new Need(repository, true, "");
  }

  Need taking(String other) {
    return new Need(repository, push, other);
  }

  /**
   * The scopes to ask for: those that the challenge names, and what is still to come. A challenge to a HEAD names the right to read alone,
   * and the next request would need another token.
   */
  Set<String> scopes(Set<String> challenged) {
    Set<String> all = new TreeSet<>(challenged);
    if (repository.isEmpty()) return all;
    if (push) {
      all.remove("repository:" + repository + ":pull");
      all.remove("repository:" + repository + ":push");
      if (all.stream().noneMatch(s -> s.startsWith("repository:" + repository + ":"))) all.add("repository:" + repository + ":pull,push");
      if (!from.isEmpty()) all.add("repository:" + from + ":pull");
    } else if (all.isEmpty()) {
      all.add("repository:" + repository + ":pull");
    }
    return all;
  }
}
