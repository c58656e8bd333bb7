package io.gantry.resolver.docker;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.json.Json;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A conversation with one host about what is pushed there; it goes the ways of {@link Registry}. */
final class Publication {
  private static final Set<Integer> TAKEN = Set.of(200, 201, 202, 204);
  private static final Set<String> WRONG = Set.of("DIGEST_INVALID", "SIZE_INVALID");
  private static final Set<String> LACKS = Set.of("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN");

  private final Wire wire;
  private final RegistryHost host;
  private final Registry registry;
  private final Access access;
  private final Reference reference;
  private final Descriptor whole;
  private final Need need;

  Publication(Wire wire, RegistryHost host, Registry registry, Access access, Resolved target) {
    this.wire = wire;
    this.host = host;
    this.registry = registry;
    this.access = access;
    this.reference = target.reference();
    this.whole = target.target();
    this.need = Need.push(reference.repository());
  }

  private static boolean isDocument(Descriptor d) {
    return MediaTypes.isIndex(d.mediaType()) || MediaTypes.isManifest(d.mediaType());
  }

  /** Where a manifest goes: the target to its tag. */
  private String manifest(Descriptor d) {
    boolean tagged = d.digest().equals(whole.digest()) && reference.tag().isPresent();
    return "/" + reference.repository() + "/manifests/" + (tagged ? reference.tag().get() : d.digest().toString());
  }

  private String name(Descriptor d) {
    return (isDocument(d) ? "manifest " : "blob ") + d.digest() + " in '" + reference.repository() + "'";
  }

  /** P-1. */
  boolean exists(Descriptor d) throws Failure, IOException {
    boolean document = isDocument(d);
    URI uri = host.uri(document ? manifest(d) : "/" + reference.repository() + "/blobs/" + d.digest());
    Map<String, String> headers = Map.of("Accept", document ? d.mediaType() + ", */*;q=0.1" : "*/*");
    try (Reply reply = registry.send(new Wire.Ask("HEAD", uri, headers, Optional.empty()), need)) {
      if (reply.status() == 404) return false;
      if (reply.status() != 200) throw Answers.failure(reply, new Answers.Said("", "", false), name(d), registry.user());
      if (reply.isHtml()) throw Registry.stranger(reply);
      if (!document) return reply.length().isEmpty() || reply.length().getAsLong() == d.size();
      String digest = reply.header("Docker-Content-Digest").strip();
      return digest.isEmpty() ? uri.getRawPath().endsWith(d.digest().toString()) : digest.equals(d.digest().toString());
    }
  }

  /** P-2: 201 is mounted; 202 is an upload that was begun in its place, which is given up again. */
  boolean mount(Descriptor d, String from) throws Failure, IOException {
    String query = "mount=" + d.digest() + "&from=" + URLEncoder.encode(from, StandardCharsets.UTF_8);
    try (Reply reply = begin(query, need.taking(from))) {
      if (reply.status() == 201) return agreed(reply, d);
      if (reply.status() == 202) giveUp(reply);
      if (reply.status() == 429 || reply.status() >= 500) throw Answers.failure(reply, Answers.said(reply), name(d), registry.user());
      return false; // also where the other repository is not ours to read: what is wrong with this one is told by put
    } catch (Failure e) {
      if (e.kind == Failure.Kind.DENIED || e.kind == Failure.Kind.NOT_FOUND) return false;
      throw e;
    }
  }

  private static boolean agreed(Reply reply, Descriptor d) {
    String digest = reply.header("Docker-Content-Digest").strip();
    return digest.isEmpty() || digest.equals(d.digest().toString());
  }

  /** A courtesy: registries throw what was begun and left away by themselves, some day. */
  private void giveUp(Reply begun) throws Failure, IOException {
    if (begun.header("Location").isEmpty()) return;
    URI upload = Wire.location(begun);
    if (!Wire.same(begun.uri(), upload) || !begun.home()) return;
    registry.send(new Wire.Ask("DELETE", upload, Map.of(), Optional.empty()), need).close();
  }

  private Reply begin(String query, Need wanted) throws Failure, IOException {
    URI plain = host.uri("/" + reference.repository() + "/blobs/uploads/");
    URI uri = query.isEmpty() ? plain : URI.create(plain + (plain.getRawQuery() == null ? "?" : "&") + query);
    return registry.send(new Wire.Ask("POST", uri, Map.of(), Optional.of(new byte[0])), wanted);
  }

  /** P-3. */
  void put(Descriptor d, InputStream body) throws Failure, IOException {
    if (isDocument(d)) document(d, body);
    else blob(d, body);
  }

  private void document(Descriptor d, InputStream body) throws Failure, IOException {
    if (d.size() > Json.MAX_BYTES) {
      throw Failure.of(Failure.Kind.INVALID, name(d) + " takes " + d.size() + " bytes; no registry takes more than " + Json.MAX_BYTES);
    }
    byte[] bytes = body.readNBytes((int) d.size() + 1);
    if (bytes.length != d.size()) {
      throw Failure.corrupt("the bytes of " + name(d) + " are not as many as its descriptor says", d.size() + " bytes",
          bytes.length > d.size() ? "more" : bytes.length + " bytes");
    }
    Digest actual = Hasher.digest(d.digest().algorithm(), bytes);
    if (!actual.equals(d.digest())) {
      throw Failure.corrupt("the bytes of " + name(d) + " are others than its digest says", d.digest().toString(), actual.toString());
    }
    Map<String, String> type = Map.of("Content-Type", d.mediaType());
    try (Reply reply = registry.send(new Wire.Ask("PUT", host.uri(manifest(d)), type, Optional.of(bytes)), need)) {
      taken(reply, d);
    }
  }

  private void blob(Descriptor d, InputStream body) throws Failure, IOException {
    URI upload;
    boolean home;
    try (Reply begun = begin("", need)) {
      if (begun.status() == 201) return;
      if (begun.status() != 202) throw refused(begun, d);
      if (begun.header("Location").isEmpty()) {
        throw Failure.of(Failure.Kind.INVALID, begun.from() + " begins an upload and does not say where (no Location)");
      }
      upload = Wire.location(begun);
      Neighbourhood.check(begun.uri(), upload, "wants the bytes at");
      home = begun.home() && Wire.same(begun.uri(), upload);
    }
    upload = URI.create(upload + (upload.getRawQuery() == null ? "?" : "&") + "digest=" + d.digest());
    Optional<Authorizer.Pass> pass = home ? registry.pass(need) : Optional.empty();
    try (Reply reply = wire.upload(host, upload, home, body, d.size(), pass.map(Authorizer.Pass::value), access.deadline())) {
      if (reply.status() == 401 && home && registry.challenged(reply, need, pass, false).isPresent()) {
        throw Failure.unavailable(reply.from() + " wants another token in the middle of an upload, which begins again", Duration.ZERO);
      }
      if (reply.status() >= 300 && reply.status() < 400) {
        throw Failure.of(Failure.Kind.INVALID, reply.from() + " redirects an upload that it has read; " + name(d)
            + " cannot be sent twice");
      }
      taken(reply, d);
    }
  }

  private void taken(Reply reply, Descriptor d) throws Failure {
    if (!TAKEN.contains(reply.status())) throw refused(reply, d);
    if (reply.isHtml()) throw Registry.stranger(reply);
    String digest = reply.header("Docker-Content-Digest").strip();
    if (!digest.isEmpty() && !digest.equals(d.digest().toString())) {
      throw Failure.corrupt(reply.from() + " took other bytes than were sent", d.digest().toString(), Redacted.text(digest));
    }
  }

  /** What a refusal to take something means. */
  private Failure refused(Reply reply, Descriptor d) {
    Answers.Said said = Answers.said(reply);
    String came = " (" + reply.status() + said + ")";
    if (WRONG.contains(said.code())) {
      return Failure.corrupt(reply.from() + " got other bytes than were promised for " + name(d) + came, d.digest().toString(), "others");
    }
    if (LACKS.contains(said.code())) {
      return Failure.of(Failure.Kind.NOT_FOUND, reply.from() + " lacks something that " + name(d) + " names" + came);
    }
    return switch (reply.status()) {
      case 405, 501 -> Failure.of(Failure.Kind.UNSUPPORTED, reply.from() + " takes no pushes" + came + "; it may be a mirror or read only");
      case 413 -> Failure.of(Failure.Kind.INVALID, reply.from() + " takes nothing so large: " + name(d) + " has " + d.size() + " bytes"
          + came);
      case 415 -> Failure.of(Failure.Kind.UNSUPPORTED, reply.from() + " takes no " + d.mediaType() + came);
      default -> Answers.failure(reply, said, name(d), registry.user());
    };
  }
}
