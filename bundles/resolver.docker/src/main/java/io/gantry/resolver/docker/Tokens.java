package io.gantry.resolver.docker;

import io.gantry.api.GantryException;
import io.gantry.api.UnavailableException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Bearer tokens, by who asks for what: fetched once at a time, kept until shortly before they expire. A token server is asked only where
 * the registry may send us, over https unless both are this machine.
 */
final class Tokens {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MANY = 256;
  private static final Duration SHORTEST = Duration.ofSeconds(60); // what the protocol says where no expiry is given
  private static final Duration LONGEST = Duration.ofDays(1); // one that is worthless before is refused, and fetched again
  private static final Duration MARGIN = Duration.ofSeconds(5);
  private static final Duration TICK = Duration.ofMillis(10); // by which a wait may end before its deadline
  private static final Set<Integer> NO_OAUTH = Set.of(400, 401, 404, 405, 501);

  private final Wire wire;
  private final Map<Key, CompletableFuture<Token>> tokens = new ConcurrentHashMap<>();

  Tokens(Wire wire) {
    this.wire = wire;
  }

  /** What a token is for. The credential is in it, so that one user's token never serves another. */
  record Key(String host, String realm, String service, Set<String> scopes, Optional<Credential> credential) {
    static Key of(RegistryHost host, Challenge c, Need need, Optional<Credential> credential) {
      String scope = c.get("scope").strip();
      Set<String> scopes = need.scopes(scope.isEmpty() ? Set.of() : Set.of(scope.split("\\s+")));
      return new Key(host.authority(), c.get("realm"), c.get("service"), scopes, credential);
    }
  }

  /** A token that is good until about then. */
  record Token(String value, Instant until) {
    @Override
    public String toString() {
      return "Token[until " + until + "]";
    }
  }

  /**
   * The token, fetched where there is none that is still good. Whoever waits for another call's fetch fails as that one does, unless it
   * ended for reasons of its own, which are an interruption or its deadline: then one of those who waited fetches it.
   */
  String get(RegistryHost host, Key key, Instant deadline) throws Failure, IOException {
    if (tokens.size() > MANY) tokens.values().removeIf(Tokens::expired);
    CompletableFuture<Token> mine = new CompletableFuture<>();
    while (true) {
      CompletableFuture<Token> there = tokens.compute(key, (k, old) -> old == null || expired(old) ? mine : old);
      if (there == mine) return fetched(mine, host, key, deadline);
      try {
        return await(there, host, deadline);
      } catch (CancellationException e) {
        continue; // given up by the one who fetched
      }
    }
  }

  private String fetched(CompletableFuture<Token> mine, RegistryHost host, Key key, Instant deadline) throws Failure, IOException {
    try {
      Token fresh = fetch(host, key, deadline);
      mine.complete(fresh);
      return fresh.value;
    } catch (Failure | IOException | RuntimeException | Error e) {
      boolean timeIsUp = Instant.now().plus(TICK).isAfter(deadline);
      if (e instanceof InterruptedIOException || timeIsUp) mine.cancel(false);
      else mine.completeExceptionally(e);
      throw e;
    } finally {
      if (mine.isCompletedExceptionally()) tokens.remove(key, mine);
    }
  }

  /** Forgets a token that was refused; true when it was the one that is kept. */
  boolean refused(Key key, String value) {
    CompletableFuture<Token> there = tokens.get(key);
    if (there == null || !there.isDone() || there.isCompletedExceptionally() || !there.join().value.equals(value)) return false;
    return tokens.remove(key, there);
  }

  private static boolean expired(CompletableFuture<Token> f) {
    return f.isDone() && (f.isCompletedExceptionally() || !Instant.now().isBefore(f.join().until));
  }

  /** Waits for a token that another call is fetching, no longer than this call may take. */
  private static String await(CompletableFuture<Token> f, RegistryHost host, Instant deadline) throws Failure, IOException {
    try {
      return f.get(left(deadline), TimeUnit.MILLISECONDS).value;
    } catch (TimeoutException e) {
      throw Failure.unavailable("no token for " + host.authority() + " came in the time there was; another request is fetching it",
          Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a token");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failure failure) throw failure;
      throw new IOException("the token that another request was fetching did not come: " + e.getCause().getMessage(), e.getCause());
    }
  }

  /** Milliseconds; where there is no deadline so many that whoever fetches has long run into the time limits of its own requests. */
  private static long left(Instant deadline) {
    Instant now = Instant.now();
    Instant latest = now.plus(LONGEST);
    return now.until(deadline.isBefore(latest) ? deadline : latest, ChronoUnit.MILLIS);
  }

  private Token fetch(RegistryHost host, Key key, Instant deadline) throws Failure, IOException {
    URI realm = realm(host, key);
    if (key.credential.filter(c -> c.user().isEmpty()).isPresent()) {
      try (Reply reply = wire.single(host, post(realm, key), deadline)) {
        if (!NO_OAUTH.contains(reply.status())) return token(host, key, reply);
      }
    }
    try (Reply reply = wire.single(host, get(realm, key), deadline)) {
      return token(host, key, reply);
    }
  }

  private static URI realm(RegistryHost host, Key key) throws Failure {
    URI realm;
    try {
      realm = URI.create(key.realm);
    } catch (IllegalArgumentException e) {
      throw Failure.of(Failure.Kind.INVALID, host.authority() + " names a token server that is no address", e);
    }
    Neighbourhood.check(host.base(), realm, "sends us for a token to");
    return realm;
  }

  private static Wire.Ask get(URI realm, Key key) {
    StringBuilder q = new StringBuilder(realm.getRawQuery() == null ? "" : realm.getRawQuery());
    add(q, "service", key.service);
    key.scopes.forEach(s -> add(q, "scope", s));
    key.credential.filter(c -> !c.user().isEmpty()).ifPresent(c -> add(q, "account", c.user()));
    String bare = realm.toString().replaceFirst("[?#].*$", "");
    Map<String, String> headers = key.credential.map(c -> Map.of("Authorization", basic(c))).orElse(Map.of());
    return new Wire.Ask("GET", URI.create(bare + "?" + q), headers, Optional.empty());
  }

  private static Wire.Ask post(URI realm, Key key) {
    StringBuilder form = new StringBuilder("grant_type=refresh_token&client_id=gantry");
    add(form, "service", key.service);
    add(form, "scope", String.join(" ", key.scopes));
    add(form, "refresh_token", key.credential.orElseThrow().secret());
    return new Wire.Ask("POST", realm, Map.of("Content-Type", "application/x-www-form-urlencoded"),
        Optional.of(form.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static void add(StringBuilder q, String name, String value) {
    if (value.isEmpty()) return;
    if (!q.isEmpty()) q.append('&');
    q.append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
  }

  static String basic(Credential c) {
    return "Basic " + Base64.getEncoder().encodeToString((c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8));
  }

  private static Failure refusal(RegistryHost host, Key key, Reply reply) {
    Answers.Said said = Answers.said(reply);
    String user = key.credential.map(c -> c.user().isEmpty() ? "identity token" : c.user()).orElse("");
    if (reply.status() == 401 || reply.status() == 403 || reply.status() == 400) {
      String came = " (its token server " + reply.from() + ": " + reply.status() + said + ")";
      Failure denied = Answers.denied(host.authority(), came, String.join(" ", key.scopes), user);
      return reply.status() == 401 && key.credential.isPresent() ? denied.because(Failure.login(host)) : denied;
    }
    return Answers.failure(reply, said, "token for " + host.authority(), user);
  }

  private static Token token(RegistryHost host, Key key, Reply reply) throws Failure, IOException {
    if (reply.status() != 200) throw refusal(host, key, reply);
    try {
      JsonObject o = Json.object(reply.read(MAX_BYTES), MAX_BYTES, "the token of " + reply.from());
      String value = o.findText("token").or(() -> text(o, "access_token")).orElse("");
      if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
        throw Failure.of(Failure.Kind.INVALID, "the token server " + reply.from() + " gave an answer without a token");
      }
      long seconds = Math.clamp(o.findNumber("expires_in").orElse(0), SHORTEST.toSeconds(), LONGEST.toSeconds());
      return new Token(value, Instant.now().plusSeconds(seconds).minus(MARGIN));
    } catch (UnavailableException e) {
      throw Failure.of(Failure.Kind.UNAVAILABLE, e.getMessage(), e);
    } catch (GantryException e) {
      throw Failure.of(Failure.Kind.INVALID, e.getMessage(), e);
    }
  }

  private static Optional<String> text(JsonObject o, String key) {
    return o.asMap().get(key) instanceof String s ? Optional.of(s) : Optional.empty();
  }
}
