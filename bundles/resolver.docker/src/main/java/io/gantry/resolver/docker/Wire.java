package io.gantry.resolver.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Sends requests and follows redirects by itself: Authorization and a host's own headers go to that host alone, whoever it sends us to
 * (R-3, CVE-2020-15157).
 */
final class Wire {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  /** What a registry hashes and stores again, at the least, before it answers an upload. */
  private static final long BYTES_TAKEN_IN_PER_SECOND = 32 << 20;

  /** How long a loopback host may take to begin TLS, where it may as well speak plain http and wait for the rest of a line. */
  private static final Duration GREETING = Duration.ofSeconds(3);
  /** How long one that was silent then may take for its first answer. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final Clients clients;
  private final DockerResolver.Options options;
  private final Set<String> plain = ConcurrentHashMap.newKeySet(); // loopback hosts that were found to speak plain http

  Wire(Clients clients, DockerResolver.Options options) {
    this.clients = clients;
    this.options = options;
  }

  /** A request, with a small body where it has one. */
  record Ask(String method, URI uri, Map<String, String> headers, Optional<byte[]> body) {
    Ask at(URI other) {
      return new Ask(method, other, headers, body);
    }
  }

  /**
   * Sends to a host and on to wherever it redirects.
   *
   * @param authorization for this host alone
   */
  Reply send(RegistryHost host, Ask ask, Optional<String> authorization, Instant deadline) throws Failure, IOException {
    Reply reply = first(host, ask, authorization, deadline);
    URI home = reply.uri();
    for (int hop = 0; REDIRECTS.contains(reply.status()) && !reply.header("Location").isEmpty(); hop++) {
      URI next;
      try (Reply last = reply) {
        next = location(last);
      }
      if (hop >= options.maxRedirects()) {
        throw Failure.of(Failure.Kind.INVALID, host.authority() + " redirects more than " + options.maxRedirects() + " times, last to "
            + Redacted.uri(next));
      }
      Neighbourhood.check(reply.uri(), next, "redirects to");
      boolean same = same(home, next);
      reply = once(host, ask.at(next), same ? authorization : Optional.empty(), same, deadline);
    }
    return reply;
  }

  /** One request to an address that is no host of ours, such as a token server: no redirect, no header but those given. */
  Reply single(RegistryHost sender, Ask ask, Instant deadline) throws Failure, IOException {
    return once(sender, ask, Optional.empty(), false, deadline);
  }

  /** The first hop, where a loopback host may turn out to speak plain http. */
  private Reply first(RegistryHost host, Ask ask, Optional<String> authorization, Instant deadline) throws Failure, IOException {
    if (!host.guessed() || ask.uri().getScheme().equals("http")) return once(host, ask, authorization, true, deadline);
    URI http = URI.create("http" + ask.uri().toString().substring("https".length()));
    String key = host.base().getRawAuthority();
    if (plain.contains(key)) {
      try {
        return once(host, ask.at(http), authorization, true, deadline);
      } catch (Failure e) {
        plain.remove(key);
        throw e;
      }
    }
    try {
      return once(host.greeted(GREETING), ask, authorization, true, deadline);
    } catch (Failure e) {
      boolean refused = host.base().getPort() < 0 && Cause.isRefused(e.getCause());
      if (Cause.is(e.getCause(), HttpConnectTimeoutException.class)) return afterSilence(host, ask, http, authorization, deadline);
      if (e.getCause() == null || !refused && !Cause.isPlain(e.getCause())) throw e;
    }
    Reply reply = once(host, ask.at(http), authorization, true, deadline);
    plain.add(key);
    return reply;
  }

  /** As containerd does, which waits longer before. Whoever takes the plain request amiss speaks TLS after all, and is slow. */
  private Reply afterSilence(RegistryHost host, Ask ask, URI http, Optional<String> authorization, Instant deadline) throws Failure,
      IOException {
    Instant soon = Instant.now().plus(SILENCE);
    boolean late = deadline.isBefore(soon);
    try {
      Reply reply = once(host, ask.at(http), authorization, true, late ? deadline : soon);
      if (reply.status() != 400) {
        plain.add(host.base().getRawAuthority());
        return reply;
      }
      reply.close();
    } catch (Failure e) {
      if (late) throw e;
      if (e.getCause() == null) {
        throw Failure.unavailable(host.authority() + " began no TLS within " + GREETING.toSeconds() + " s, and gave no answer to plain http"
            + " within " + SILENCE.toSeconds()
            + " s; check what listens there, and where it is only slow, name it with http:// or https:// in "
            + host.file(), Duration.ZERO);
      }
    }
    return once(host, ask, authorization, true, deadline);
  }

  /**
   * Sends a body once to where a registry wants it. No redirect is followed, since the body is read by then.
   *
   * @param home whether that is the registry itself, which alone gets its own headers
   */
  Reply upload(RegistryHost host, URI to, boolean home, InputStream body, long size, Optional<String> authorization, Instant deadline)
      throws Failure, IOException {
    patience(deadline);
    HttpRequest.Builder b = request(host, to, Map.of("Content-Type", "application/octet-stream"), authorization, home);
    Upload upload = new Upload(size);
    BodyStream answer = new BodyStream(RegistryHost.authority(to), options.stallTimeout());
    HttpRequest put = b.PUT(size == 0 ? HttpRequest.BodyPublishers.noBody() : upload).build();
    CompletableFuture<HttpResponse<InputStream>> pending = clients.client(host.tlsFor(to)).sendAsync(put, info -> answer);
    boolean poured = false;
    try {
      upload.pour(body, pending, new Upload.Limits(RegistryHost.authority(to), options.stallTimeout(), deadline));
      poured = true;
    } finally {
      if (!poured) abandon(pending, answer);
    }
    return answered(host, to, home, pending, answer, patience(deadline).plusSeconds(size / BYTES_TAKEN_IN_PER_SECOND));
  }

  private Reply once(RegistryHost host, Ask ask, Optional<String> authorization, boolean home, Instant deadline) throws Failure,
      IOException {
    HttpRequest.Builder b = request(host, ask.uri(), ask.headers(), authorization, home);
    b.method(ask.method(), ask.body().map(HttpRequest.BodyPublishers::ofByteArray).orElse(HttpRequest.BodyPublishers.noBody()));
    Duration wait = patience(deadline);
    BodyStream body = new BodyStream(RegistryHost.authority(ask.uri()), options.stallTimeout());
    HttpClient client = clients.client(host.tlsFor(ask.uri()));
    return answered(host, ask.uri(), home, client.sendAsync(b.build(), info -> body), body, wait);
  }

  private static HttpRequest.Builder request(RegistryHost host, URI uri, Map<String, String> headers, Optional<String> authorization,
      boolean home) {
    HttpRequest.Builder b = HttpRequest.newBuilder(uri);
    headers.forEach(b::setHeader);
    b.setHeader("User-Agent", "gantry");
    if (home) host.header().forEach((name, values) -> values.forEach(v -> b.header(name, v)));
    if (authorization.isPresent()) b.setHeader("Authorization", authorization.get());
    return b;
  }

  private static Reply answered(RegistryHost host, URI uri, boolean home, CompletableFuture<HttpResponse<InputStream>> pending,
      BodyStream body, Duration wait) throws Failure, IOException {
    String at = RegistryHost.authority(uri);
    try {
      HttpResponse<InputStream> r = pending.get(wait.toMillis(), TimeUnit.MILLISECONDS);
      return new Reply(r.statusCode(), r.headers(), body, uri, home);
    } catch (TimeoutException e) {
      abandon(pending, body);
      throw Failure.unavailable(at + " did not answer within " + wait.toSeconds() + " s", Duration.ZERO);
    } catch (InterruptedException e) {
      abandon(pending, body);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + at);
    } catch (ExecutionException e) {
      throw failure(host, uri, e.getCause());
    }
  }

  private static void abandon(CompletableFuture<?> pending, BodyStream body) {
    pending.cancel(true);
    body.close();
  }

  private Duration patience(Instant deadline) throws Failure {
    if (deadline.equals(Instant.MAX)) return options.responseTimeout();
    Duration left = Duration.between(Instant.now(), deadline);
    if (left.isNegative() || left.isZero()) throw Failure.unavailable("the time for it is up", Duration.ZERO);
    return left.compareTo(options.responseTimeout()) < 0 ? left : options.responseTimeout();
  }

  /** The words for what went wrong before any answer. */
  private static Failure failure(RegistryHost host, URI uri, Throwable t) {
    String at = RegistryHost.authority(uri);
    if (Cause.isCertificate(t) && certificate(t).matches("No (subject alternative|name matching).*")) {
      return Failure.of(Failure.Kind.INVALID, "the certificate of " + at + " is another host's (" + certificate(t)
          + "); use a name that is in the certificate", t);
    }
    if (Cause.isCertificate(t)) {
      return Failure.of(Failure.Kind.INVALID, "the certificate of " + at + " is not trusted (" + certificate(t)
          + "); where it is your own, name its"
          + " authority's file as ca = \"…\" in " + host.file(), t);
    }
    if (Cause.isPlain(t)) {
      return Failure.of(Failure.Kind.INVALID, at + " does not speak TLS (" + Cause.text(t) + "); plain http is for loopback hosts only", t);
    }
    if (Cause.is(t, SSLException.class)) return Failure.of(Failure.Kind.INVALID, "TLS with " + at + " failed: " + Cause.text(t), t);
    if (Cause.isUnknownHost(t)) {
      return Failure.of(Failure.Kind.UNAVAILABLE, "there is no host '" + uri.getHost() + "' (name not known); check the name", t);
    }
    if (Cause.is(t, HttpConnectTimeoutException.class)) {
      return Failure.of(Failure.Kind.UNAVAILABLE, at
          + " took no connection, or began no TLS, in connect.timeout or dial_timeout; check host and port", t);
    }
    if (Cause.isRefused(t)) {
      return Failure.of(Failure.Kind.UNAVAILABLE, "nobody listens at " + at + " (" + Cause.text(t) + "); check host and port", t);
    }
    if (Cause.is(t, ProtocolException.class) || Cause.text(t).startsWith("Invalid status line")) {
      return Failure.of(Failure.Kind.INVALID, at + " is not a registry: it does not speak HTTP (" + Cause.text(t) + ")", t);
    }
    return Failure.of(Failure.Kind.UNAVAILABLE, "the connection to " + at + " broke: " + Cause.text(t), t);
  }

  /** The innermost reason: outer ones only say that a handshake failed. */
  private static String certificate(Throwable t) {
    String text = Cause.text(t);
    for (Throwable c = t; c != null; c = c.getCause()) if (c.getMessage() != null) text = Redacted.text(c.getMessage());
    return text;
  }

  /** Where a reply sends us; relative to where it came from. */
  static URI location(Reply reply) throws Failure {
    try {
      URI next = reply.uri().resolve(reply.header("Location").strip());
      if (next.getHost() != null && next.getRawUserInfo() == null) return next;
    } catch (IllegalArgumentException e) {
      throw Failure.of(Failure.Kind.INVALID, reply.from() + " sends us to something that is no address", e);
    }
    throw Failure.of(Failure.Kind.INVALID, reply.from() + " sends us to something that is no address");
  }

  static boolean same(URI a, URI b) {
    return a.getScheme().equals(b.getScheme()) && RegistryHost.authority(a).equals(RegistryHost.authority(b));
  }
}
