package io.gantry.resolver.docker;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Reference;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.Document;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.json.Json;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.login.FailedLoginException;

/** A conversation with one host about one reference. */
final class Registry {
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
  private static final String ACCEPT = String.join(", ", MediaTypes.ACCEPTED) + ", */*;q=0.1";

  private final Wire wire;
  private final Authorizer authorizer;
  private final RegistryHost host;
  private final Reference reference;
  private final Access access;
  private String user = "";
  private boolean lent;

  Registry(Wire wire, Authorizer authorizer, RegistryHost host, Reference reference, Access access) {
    this.wire = wire;
    this.authorizer = authorizer;
    this.host = host;
    this.reference = reference;
    this.access = noting(access);
  }

  private Access noting(Access from) {
    return new Access() {
      @Override
      public Optional<Credential> credential(String asking, String challenge) throws IOException {
        Optional<Credential> c = from.credential(asking, challenge);
        lent |= c.isPresent();
        return c;
      }

      @Override
      public Instant deadline() {
        return from.deadline();
      }
    };
  }

  /** What the reference means: by HEAD, and by GET where that tells too little or nothing. */
  Descriptor resolve() throws Failure, IOException {
    String path = "/" + reference.repository() + "/manifests/" + reference.object();
    String wanted = reference.digest().map(d -> "manifest " + d).orElseGet(() -> "tag '" + reference.object() + "'") + " in '"
        + reference.repository() + "'";
    Reply head = send("HEAD", path, Map.of("Accept", ACCEPT));
    head.close();
    if (head.status() == 200) {
      Optional<Descriptor> d = described(head);
      if (d.isPresent()) return d.get();
    } else if (head.status() >= 500 && head.status() != 501 || head.status() == 429 || head.status() == 401) {
      throw Answers.failure(head, new Answers.Said("", "", false), wanted, user);
    }
    try (Reply get = send("GET", path, Map.of("Accept", ACCEPT))) {
      if (get.status() == 200) return document(get);
      Answers.Said said = Answers.said(get);
      if (get.status() == 404 && !said.registry() && !speaks()) throw stranger(get);
      throw Answers.failure(get, said, wanted, user);
    }
  }

  /** Bytes from an offset on, or from the start. */
  Body open(Descriptor d, long offset) throws Failure, IOException {
    boolean document = MediaTypes.isIndex(d.mediaType()) || MediaTypes.isManifest(d.mediaType());
    String path = "/" + reference.repository() + (document ? "/manifests/" : "/blobs/") + d.digest();
    Map<String, String> headers = Map.of("Accept", document ? d.mediaType() : "*/*", "Accept-Encoding", "identity");
    if (offset > 0) {
      Reply part = send("GET", path, with(headers, "Range", "bytes=" + offset + "-"));
      if (part.status() != 206 || starts(part, d, offset)) return body(part, d, part.status() == 200 ? 0 : offset);
      part.close(); // it sent another range than asked for: it cannot be trusted with ranges
    }
    return body(send("GET", path, headers), d, 0);
  }

  private Body body(Reply reply, Descriptor d, long offset) throws Failure {
    boolean taken = false;
    try {
      if (reply.status() == 416) {
        throw Failure.corrupt(reply.from() + " has fewer bytes of " + d.digest() + " than " + offset, d.size() + " bytes",
            reply.header("Content-Range"));
      }
      if (reply.status() != 200 && reply.status() != 206) throw Answers.failure(reply, Answers.said(reply), blob(d), user);
      if (reply.isHtml()) throw stranger(reply);
      long length = reply.length().orElse(d.size() - offset);
      if (length != d.size() - offset) {
        throw Failure.corrupt(reply.from() + " has another size for " + d.digest(), d.size() + " bytes", length + offset + " bytes");
      }
      taken = true;
      return new Body(new SizedStream(reply.body(), reply.from(), d, offset, access.deadline()), offset, reply.from());
    } finally {
      if (!taken) reply.close();
    }
  }

  private String blob(Descriptor d) {
    return "blob " + d.digest() + " in '" + reference.repository() + "'"
        + (d.urls().isEmpty() ? "" : " (it is to be had elsewhere only, which is not asked)");
  }

  /** Whether a 206 starts where it should; the total is checked too where it is said. */
  private static boolean starts(Reply part, Descriptor d, long offset) throws Failure {
    Matcher m = CONTENT_RANGE.matcher(part.header("Content-Range").strip());
    if (!m.matches() || Long.parseLong(m.group(1)) != offset) return false;
    if (!m.group(3).equals("*") && Long.parseLong(m.group(3)) != d.size()) {
      part.close();
      throw Failure.corrupt(part.from() + " has another size for " + d.digest(), d.size() + " bytes", m.group(3) + " bytes");
    }
    return true;
  }

  /**
   * What a refusal means. A host says alike that a password is wrong and that it gives no right to an image; so it is asked for nothing in
   * particular, as a login does. Where it refuses that too, a {@link FailedLoginException} is the cause.
   */
  Failure explained(Failure refusal) throws IOException {
    if (refusal.kind != Failure.Kind.DENIED || !lent || refusal.getCause() instanceof FailedLoginException) return refusal;
    try (Reply reply = send("GET", "/", Need.pull(""), Map.of())) {
      if (reply.status() != 401 && reply.status() != 403) return refusal;
    } catch (Failure e) {
      if (e.kind != Failure.Kind.DENIED) return e;
    }
    return refusal.because(Failure.login(host));
  }

  private Reply send(String method, String path, Map<String, String> headers) throws Failure, IOException {
    return send(method, path, Need.pull(reference.repository()), headers);
  }

  private Reply send(String method, String path, Need need, Map<String, String> headers) throws Failure, IOException {
    return send(new Wire.Ask(method, host.uri(path), headers, Optional.empty()), need);
  }

  /** Sends with what the host is known to want, and answers its challenge once, or twice where a kept token had become stale. */
  Reply send(Wire.Ask ask, Need need) throws Failure, IOException {
    Optional<Authorizer.Pass> pass = pass(need);
    boolean kept = pass.isPresent();
    for (int tries = 0; ; tries++) {
      user = pass.map(Authorizer.Pass::user).orElse("");
      Reply reply = wire.send(host, ask, pass.map(Authorizer.Pass::value), access.deadline());
      if (reply.status() != 401 || !reply.home()) return reply;
      Optional<Authorizer.Pass> next = Optional.empty();
      boolean taken = false;
      try {
        next = challenged(reply, need, pass, !kept || tries > 0);
        taken = next.isEmpty();
      } finally {
        if (!taken) reply.close();
      }
      if (taken) return reply;
      pass = next;
    }
  }

  /** What a request brings along. */
  Optional<Authorizer.Pass> pass(Need need) throws Failure, IOException {
    return authorizer.pass(host, need, access);
  }

  /** What to try after a 401; empty for nothing. */
  Optional<Authorizer.Pass> challenged(Reply reply, Need need, Optional<Authorizer.Pass> refused, boolean again) throws Failure,
      IOException {
    return authorizer.answer(host, need, reply.headers().allValues("WWW-Authenticate"), refused, again, access);
  }

  /** Who was logged in with the last request; empty for nobody. */
  String user() {
    return user;
  }

  private Optional<Descriptor> described(Reply head) throws Failure {
    if (head.isHtml()) throw stranger(head);
    String type = head.type();
    Optional<Digest> digest = digest(head);
    long length = head.length().orElse(-1);
    if (MediaTypes.isSchema1(type)) throw schema1(head);
    if (digest.isEmpty() || length <= 0 || !MediaTypes.isIndex(type) && !MediaTypes.isManifest(type)) return Optional.empty();
    return Optional.of(Descriptor.of(type, digest.get(), length));
  }

  /** The digest a reply names, held to its grammar and to the reference's own; a reference by digest needs no other. */
  private Optional<Digest> digest(Reply reply) throws Failure {
    String text = reply.header("Docker-Content-Digest").strip();
    if (text.isEmpty()) return reference.digest();
    Digest named;
    try {
      named = Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw Failure.of(Failure.Kind.INVALID, reply.from() + " names a digest that is none: " + Redacted.text(e.getMessage()), e);
    }
    if (reference.digest().isPresent() && !reference.digest().get().equals(named)) {
      throw Failure.corrupt(reply.from() + " gave another manifest than asked for", reference.digest().get().toString(), named.toString());
    }
    return Optional.of(named);
  }

  /** A manifest that was fetched whole, since its headers said too little: hashed, and its type read out of it where nobody said. */
  private Descriptor document(Reply get) throws Failure, IOException {
    if (get.isHtml()) throw stranger(get);
    Optional<Digest> named = digest(get);
    byte[] bytes = get.read(Json.MAX_BYTES);
    Digest actual = Hasher.digest(named.map(Digest::algorithm).orElse("sha256"), bytes);
    if (bytes.length > Json.MAX_BYTES) {
      throw Failure.of(Failure.Kind.INVALID, get.from() + " sends a manifest of more than " + Json.MAX_BYTES + " bytes");
    }
    if (named.isPresent() && !named.get().equals(actual)) {
      throw Failure.corrupt(get.from() + " sent other bytes than those it names", named.get().toString(), actual.toString());
    }
    if (MediaTypes.isSchema1(get.type())) throw schema1(get);
    String declared = MediaTypes.isIndex(get.type()) || MediaTypes.isManifest(get.type()) ? get.type() : "";
    try {
      return Descriptor.of(Document.parse(bytes, declared, "the manifest from " + get.from()).mediaType(), actual, bytes.length);
    } catch (InvalidException | ExhaustedException e) {
      throw Failure.of(Failure.Kind.INVALID, e.getMessage(), e);
    } catch (UnsupportedException e) {
      throw Failure.of(Failure.Kind.UNSUPPORTED, e.getMessage(), e);
    }
  }

  /** Whether the host speaks the protocol at all. */
  private boolean speaks() throws IOException {
    try (Reply reply = send("GET", "/", Map.of())) {
      return !reply.header("Docker-Distribution-Api-Version").isEmpty() || reply.status() == 401 || reply.status() == 200
          && !reply.isHtml();
    } catch (Failure e) {
      return e.kind == Failure.Kind.DENIED;
    }
  }

  static Failure stranger(Reply reply) {
    String type = reply.type().isEmpty() ? "an answer without a type" : reply.type();
    return Failure.of(
        Failure.Kind.INVALID, reply.from() + " is not a registry: " + Redacted.uri(reply.uri()) + " answered " + reply.status() + " with "
        + type
            + (reply.isHtml() ? " (a web page; perhaps a login or proxy stands between)" : ""));
  }

  private static Failure schema1(Reply reply) {
    return Failure.of(Failure.Kind.UNSUPPORTED, reply.from()
        + " has a Docker schema 1 manifest, which is not read; push the image again with a current tool");
  }

  private static Map<String, String> with(Map<String, String> headers, String name, String value) {
    Map<String, String> more = new java.util.HashMap<>(headers);
    more.put(name, value);
    return more;
  }
}
