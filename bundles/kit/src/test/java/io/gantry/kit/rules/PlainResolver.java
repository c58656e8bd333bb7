package io.gantry.kit.rules;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Blob;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.login.FailedLoginException;

/** The plainest resolver that keeps the rules: asks each time anew, remembers nothing. Its steps are there to be got wrong. */
class PlainResolver implements Resolver, AutoCloseable {
  private static final String TYPES = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
      + "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5))
      .build();

  @Override
  public Resolved resolve(Reference r, Access access) throws IOException {
    HttpResponse<InputStream> answer = ask("resolving " + r, r, "manifests/" + r.object(), Map.of("Accept", TYPES), access);
    try (InputStream in = answer.body()) {
      byte[] document = in.readAllBytes();
      var digest = r.digest().orElse(Blob.digest(document));
      String named = answer.headers().firstValue("Docker-Content-Digest").orElse(digest.toString());
      if (!digest.equals(Blob.digest(document)) || !named.equals(digest.toString())) {
        throw new CorruptException("resolving " + r + ": another document came", digest.toString(), named);
      }
      return new Resolved(r, Descriptor.of(answer.headers().firstValue("Content-Type").orElseThrow(), digest, document.length));
    }
  }

  @Override
  public Body open(Resolved resolved, Descriptor d, long offset, Access access) throws IOException {
    Reference r = resolved.reference();
    boolean document = Blob.isManifest(d.mediaType());
    Map<String, String> headers = offset == 0 ? Map.of("Accept", "*/*") : Map.of("Range", "bytes=" + offset + "-");
    String path = (document ? "manifests/" : "blobs/") + d.digest();
    HttpResponse<InputStream> answer = ask("fetching " + d.digest() + " of " + r, r, path, headers, access);
    if (answer.statusCode() == 206 && !answer.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + offset + "-")) {
      answer.body().close();
      return open(resolved, d, 0, access);
    }
    return new Body(named(answer.body(), r.host()), answer.statusCode() == 206 ? offset : 0, r.host());
  }

  @Override
  public void close() throws IOException {
    client.shutdown();
  }

  /** A stream whose failures say where it comes from. */
  InputStream named(InputStream in, String host) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] b, int off, int len) throws IOException {
        try {
          return super.read(b, off, len);
        } catch (IOException e) {
          throw new UnavailableException("the connection to " + host + " broke", e);
        }
      }
    };
  }

  private HttpResponse<InputStream> ask(String doing, Reference r, String path, Map<String, String> headers, Access access)
      throws IOException {
    URI uri = URI.create("http://" + r.host() + "/v2/" + r.repository() + "/" + path);
    if (!mayBePlain(uri.getHost())) throw new InvalidException(doing + ": " + r.host() + " is not asked over plain http");
    HttpResponse<InputStream> answer = follow(doing, uri, headers, send(doing, uri, headers, ""), "");
    String lent = "";
    if (answer.statusCode() == 401 && answer.uri().getAuthority().equals(uri.getAuthority())) {
      String challenge = answer.headers().firstValue("WWW-Authenticate").orElse("");
      Optional<Credential> credential = access.credential(r.host(), challenge);
      if (credential.isPresent()) {
        answer.body().close();
        lent = authorization(doing, challenge, credential.get());
        answer = follow(doing, uri, headers, send(doing, uri, headers, lent), lent);
      }
    }
    if (answer.statusCode() == 200 || answer.statusCode() == 206) return answer;
    answer.body().close();
    IOException refusal = refusal(doing + ": " + r.host() + " answered " + answer.statusCode(), answer);
    if (refusal instanceof DeniedException && !lent.isEmpty() && wrong(doing, uri, lent)) {
      throw new DeniedException(refusal.getMessage(), new FailedLoginException(r.host() + " refuses the login"));
    }
    throw refusal;
  }

  /** Whether a host takes an authorization for nothing at all. */
  boolean wrong(String doing, URI image, String authorization) throws IOException {
    HttpResponse<InputStream> answer = send(doing, image.resolve("/v2/"), Map.of(), authorization);
    answer.body().close();
    return answer.statusCode() == 401 || answer.statusCode() == 403;
  }

  boolean mayBePlain(String host) {
    return host.startsWith("127.") || host.equals("localhost");
  }

  private HttpResponse<InputStream> follow(String doing, URI from, Map<String, String> headers, HttpResponse<InputStream> answer,
      String authorization) throws IOException {
    if (answer.statusCode() != 307) return answer;
    answer.body().close();
    URI to = from.resolve(answer.headers().firstValue("Location").orElseThrow());
    return send(doing, to, headers, passedOn(authorization));
  }

  /** What of an authorization goes along with a redirect. */
  String passedOn(String authorization) {
    return "";
  }

  private HttpResponse<InputStream> send(String doing, URI uri, Map<String, String> headers, String authorization) throws IOException {
    HttpRequest.Builder q = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10));
    Map<String, String> all = new TreeMap<>(headers);
    if (!authorization.isEmpty()) all.put("Authorization", authorization);
    all.forEach(q::header);
    try {
      return client.send(q.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(doing + " was interrupted", e);
    } catch (IOException e) {
      throw new UnavailableException(doing + ": no answer from " + uri.getAuthority(), e);
    }
  }

  /** The header that answers a challenge: the password itself, or a token that the server gives for it. */
  private String authorization(String doing, String challenge, Credential c) throws IOException {
    String basic = "Basic " + Base64.getEncoder().encodeToString((c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8));
    if (!challenge.startsWith("Bearer")) return basic;
    URI server = URI.create(part(challenge, "realm") + "?service=" + part(challenge, "service") + "&scope=" + part(challenge, "scope"));
    HttpResponse<InputStream> answer = send(doing, server, Map.of(), basic);
    try (InputStream in = answer.body()) {
      Matcher m = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      if (!m.find()) throw new DeniedException(doing + ": " + server.getAuthority() + " gave no token: " + answer.statusCode());
      return "Bearer " + m.group(1);
    }
  }

  private static String part(String challenge, String key) {
    Matcher m = Pattern.compile(key + "=\"([^\"]*)\"").matcher(challenge);
    return m.find() ? m.group(1) : "";
  }

  IOException refusal(String message, HttpResponse<?> answer) {
    int status = answer.statusCode();
    if (status == 404) return new NotFoundException(message);
    if (status == 401 || status == 403) return new DeniedException(message);
    if (status != 429 && status < 500) return new InvalidException(message);
    return new UnavailableException(message, Duration.ofSeconds(answer.headers().firstValueAsLong("Retry-After").orElse(0)), null);
  }
}
