package io.gantry.kit.rules;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Blob;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The plainest pusher that keeps the rules, but that it holds a body as a whole. Its steps are there to be got wrong. */
class PlainPusher implements Pusher, AutoCloseable {
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5))
      .build();

  @Override
  public boolean exists(Resolved target, Descriptor d, Access access) throws IOException {
    HttpResponse<String> answer = ask("HEAD", target, d, at(target, place(target, d)), new byte[0], access);
    if (answer.statusCode() == 404) return false;
    if (answer.statusCode() != 200) throw refusal(said(target, answer), answer);
    return same(answer, d);
  }

  /** Where it goes in its repository. */
  String place(Resolved target, Descriptor d) {
    if (!Blob.isManifest(d.mediaType())) return "blobs/" + d.digest();
    return "manifests/" + (d.digest().equals(target.target().digest()) ? target.reference().object() : d.digest().toString());
  }

  @Override
  public boolean mount(Resolved target, Descriptor d, String from, Access access) throws IOException {
    URI uri = at(target, "blobs/uploads/?mount=" + d.digest() + "&from=" + from);
    return mounted(ask("POST", target, d, uri, new byte[0], access));
  }

  boolean mounted(HttpResponse<?> answer) {
    return answer.statusCode() == 201;
  }

  @Override
  public void put(Resolved target, Descriptor d, InputStream body, Access access) throws IOException {
    byte[] bytes = body.readAllBytes();
    check(d, bytes);
    URI to = at(target, place(target, d));
    if (!Blob.isManifest(d.mediaType())) {
      HttpResponse<String> begun = ask("POST", target, d, at(target, "blobs/uploads/"), new byte[0], access);
      if (begun.statusCode() != 202) throw refusal(said(target, begun), begun);
      to = URI.create(begun.uri().resolve(begun.headers().firstValue("Location").orElseThrow()) + "&digest=" + d.digest());
    }
    HttpResponse<String> answer = ask("PUT", target, d, to, bytes, access);
    if (answer.statusCode() != 201) throw refusal(said(target, answer), answer);
    if (!same(answer, d)) throw new CorruptException("pushing " + d.digest(), d.digest().toString(), "another");
  }

  void check(Descriptor d, byte[] bytes) throws CorruptException {
    if (!Blob.digest(bytes).equals(d.digest())) throw new CorruptException("pushing", d.digest().toString(), "" + Blob.digest(bytes));
  }

  boolean same(HttpResponse<?> answer, Descriptor d) {
    return answer.headers().firstValue("Docker-Content-Digest").orElse("").equals(d.digest().toString());
  }

  private static URI at(Resolved target, String path) {
    return URI.create("http://" + target.reference().host() + "/v2/" + target.reference().repository() + "/" + path);
  }

  private static String said(Resolved target, HttpResponse<?> answer) {
    return "pushing " + target.reference() + ": " + answer.uri().getAuthority() + " answered " + answer.statusCode();
  }

  private HttpResponse<String> ask(String method, Resolved target, Descriptor d, URI uri, byte[] body, Access access) throws IOException {
    HttpRequest.Builder q = HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofByteArray(body));
    q.setHeader("Content-Type", method.equals("PUT") ? d.mediaType() : "application/octet-stream").timeout(Duration.ofSeconds(10));
    HttpResponse<String> answer = send(target, q);
    Optional<String> challenge = answer.headers().firstValue("WWW-Authenticate");
    if (answer.statusCode() != 401 || challenge.isEmpty()) return answer;
    Optional<Credential> credential = access.credential(uri.getAuthority(), challenge.get());
    return credential.isEmpty() ? answer : send(target, q.setHeader("Authorization", authorization(target, challenge.get(), credential
        .get())));
  }

  HttpResponse<String> send(Resolved target, HttpRequest.Builder q) throws IOException {
    HttpRequest request = spoiled(target, q).build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      throw new UnavailableException("pushing " + target.reference() + ": no answer from " + request.uri().getAuthority(), e);
    }
  }

  HttpRequest.Builder spoiled(Resolved target, HttpRequest.Builder q) {
    return q;
  }

  private String authorization(Resolved target, String challenge, Credential c) throws IOException {
    String basic = "Basic " + Base64.getEncoder().encodeToString((c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8));
    if (!challenge.startsWith("Bearer")) return basic;
    URI server = URI.create(part(challenge, "realm") + "?service=" + part(challenge, "service") + "&scope=" + part(challenge, "scope"));
    HttpResponse<String> answer = send(target, HttpRequest.newBuilder(server).header("Authorization", basic));
    Matcher m = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(answer.body());
    if (!m.find()) throw new DeniedException("no token: " + answer.statusCode());
    return "Bearer " + m.group(1);
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

  @Override
  public void close() {
    client.shutdown();
  }
}
