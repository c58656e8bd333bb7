package io.gantry.resolver.docker;

import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers challenges. What a host wanted for a need is remembered, so that the next request brings it along; the credential is asked
 * of core each time, under the host's own name, and is not kept here but in the key of its token.
 */
final class Authorizer {
  private final Tokens tokens;
  private final Map<String, Challenge> wanted = new ConcurrentHashMap<>(); // by host and need

  Authorizer(Tokens tokens) {
    this.tokens = tokens;
  }

  /**
   * What a request brings along.
   *
   * @param value of the Authorization header
   * @param user who that is; empty for nobody
   * @param token the token in it, where it is one
   */
  record Pass(String value, String user, Optional<Tokens.Key> token) {}

  /** The pass for a host whose wishes are known; empty where it had none. */
  Optional<Pass> pass(RegistryHost host, Need need, Access access) throws Failure, IOException {
    Challenge c = wanted.get(key(host, need));
    if (c == null) return Optional.empty();
    try {
      return make(host, c, need, access);
    } catch (Failure e) {
      wanted.remove(key(host, need), c); // its token server may have moved: the next request asks the registry again
      throw e;
    }
  }

  /**
   * The pass to try after a 401; empty when there is none to try.
   *
   * @param refused what was brought along
   */
  Optional<Pass> answer(RegistryHost host, Need need, List<String> headers, Optional<Pass> refused, boolean again, Access access)
      throws Failure, IOException {
    if (refused.isPresent()) {
      boolean stale = refused.get().token.isPresent() && tokens.refused(refused.get().token.get(), refused.get()
          .value.substring("Bearer ".length()));
      if (!stale || again) return Optional.empty();
    }
    List<Challenge> challenges = Challenge.parse(headers);
    for (String scheme : new String[] {"bearer", "basic"}) {
      Optional<Challenge> c = challenges.stream().filter(x -> x.scheme().equals(scheme)).findFirst();
      if (c.isEmpty() || scheme.equals("bearer") && c.get().get("realm").isEmpty()) continue;
      if (wanted.size() > 1024) wanted.clear(); // costs a challenge each, no more
      wanted.put(key(host, need), c.get());
      return make(host, c.get(), need, access);
    }
    return Optional.empty();
  }

  private Optional<Pass> make(RegistryHost host, Challenge c, Need need, Access access) throws Failure, IOException {
    Optional<Credential> credential = access.credential(host.authority(), c.header());
    if (c.scheme().equals("basic")) {
      return credential.filter(x -> !x.user().isEmpty()).map(x -> new Pass(Tokens.basic(x), x.user(), Optional.empty()));
    }
    Tokens.Key key = Tokens.Key.of(host, c, need, credential);
    String user = credential.map(x -> x.user().isEmpty() ? "identity token" : x.user()).orElse("");
    return Optional.of(new Pass("Bearer " + tokens.get(host, key, access.deadline()), user, Optional.of(key)));
  }

  private static String key(RegistryHost host, Need need) {
    return host.base() + "|" + need;
  }
}
