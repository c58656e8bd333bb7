package io.gantry.kit.registry;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Tokens that a token server gives for scopes; the server is the registry itself, under {@link #PATH}. */
public final class BearerAuth implements Auth {
  static final String PATH = "/token";

  private record Token(Set<String> scopes, Instant end) {}

  private final Map<String, String> passwords;
  private final boolean anonymous;
  private final Duration life;
  private final Clock clock;
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();
  private final AtomicInteger given = new AtomicInteger();

  private BearerAuth(Map<String, String> passwords, boolean anonymous, Duration life, Clock clock) {
    this.passwords = Map.copyOf(passwords);
    this.anonymous = anonymous;
    this.life = life;
    this.clock = clock;
  }

  /** Whoever asks gets a token to pull with. */
  public static BearerAuth anonymous() {
    return new BearerAuth(Map.of(), true, Duration.ofMinutes(5), Clock.systemUTC());
  }

  public static BearerAuth users(Map<String, String> passwords) {
    return new BearerAuth(passwords, false, Duration.ofMinutes(5), Clock.systemUTC());
  }

  /** Tokens that end after this time. */
  public BearerAuth lasting(Duration life, Clock clock) {
    return new BearerAuth(passwords, anonymous, life, clock);
  }

  /** How many tokens were given. */
  public int given() {
    return given.get();
  }

  /** Makes every token that was given worthless. */
  public void revoke() {
    tokens.clear();
  }

  @Override
  public Optional<Reply> refuse(Request q, String base) {
    String action = q.method().equals("GET") || q.method().equals("HEAD") ? "pull" : "push";
    String scope = q.repository().isEmpty() ? "" : "repository:" + q.repository() + ":" + action;
    String header = q.header("Authorization").orElse("");
    Token t = header.startsWith("Bearer ") ? tokens.get(header.substring(7).strip()) : null;
    boolean live = t != null && clock.instant().isBefore(t.end);
    if (live && (scope.isEmpty() || t.scopes.contains(scope))) return Optional.empty();
    String error = live ? ",error=\"insufficient_scope\"" : header.isEmpty() ? "" : ",error=\"invalid_token\"";
    return Optional.of(Reply.error(401, "UNAUTHORIZED", "authentication required").header("WWW-Authenticate",
        "Bearer realm=\"" + base + PATH + "\",service=\"kit\"" + (scope.isEmpty() ? "" : ",scope=\"" + scope + "\"") + error));
  }

  @Override
  public Optional<Reply> own(Request q, byte[] body) {
    if (!q.path().equals(PATH)) return Optional.empty();
    List<Map.Entry<String, String>> form = form(q.method().equals("POST") ? new String(body, StandardCharsets.UTF_8) : q.query());
    Optional<String> user = q.method().equals("POST") ? posted(form) : BasicAuth.user(q, passwords);
    boolean tried = q.header("Authorization").isPresent() || !first(form, "username").isEmpty();
    if (user.isEmpty() && (tried || !anonymous)) return Optional.of(Reply.error(401, "UNAUTHORIZED", "incorrect username or password"));
    String token = "token-" + given.incrementAndGet();
    tokens.put(token, new Token(scopes(form), clock.instant().plus(life)));
    return Optional.of(Reply.text(200, "application/json", "{\"token\":\"" + token + "\",\"access_token\":\"" + token + "\",\"expires_in\":"
        + life.toSeconds() + ",\"issued_at\":\"" + clock.instant() + "\"}"));
  }

  private Optional<String> posted(List<Map.Entry<String, String>> form) {
    String user = first(form, "username");
    return !user.isEmpty() && first(form, "password").equals(passwords.get(user)) ? Optional.of(user) : Optional.empty();
  }

  private static Set<String> scopes(List<Map.Entry<String, String>> form) {
    Set<String> all = new HashSet<>();
    for (var e : form) {
      if (!e.getKey().equals("scope")) continue;
      for (String scope : e.getValue().split(" ")) {
        int colon = scope.lastIndexOf(':');
        if (colon > 0) for (String action : scope.substring(colon + 1).split(",")) all.add(scope.substring(0, colon + 1) + action);
      }
    }
    return all;
  }

  private static String first(List<Map.Entry<String, String>> form, String key) {
    return form.stream().filter(e -> e.getKey().equals(key)).map(Map.Entry::getValue).findFirst().orElse("");
  }

  private static List<Map.Entry<String, String>> form(String text) {
    List<Map.Entry<String, String>> all = new ArrayList<>();
    for (String pair : text.split("&")) {
      int eq = pair.indexOf('=');
      if (eq > 0) all.add(Map.entry(decode(pair.substring(0, eq)), decode(pair.substring(eq + 1))));
    }
    return all;
  }

  private static String decode(String s) {
    return URLDecoder.decode(s, StandardCharsets.UTF_8);
  }
}
