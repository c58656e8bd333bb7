package io.gantry.resolver.docker;

import io.gantry.api.GantryException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** The words for answers that are no success, from status and the registry's own error document. */
final class Answers {
  private static final int MAX_BYTES = 64 << 10;
  private static final Set<String> UNKNOWN = Set.of("NAME_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN", "NAME_INVALID", "NOT_FOUND",
      "TAG_INVALID");

  private Answers() {}

  /** What the error document says first: a code and a text, both perhaps empty. */
  record Said(String code, String text, boolean registry) {
    @Override
    public String toString() {
      String s = code + (code.isEmpty() || text.isEmpty() ? "" : ": ") + text;
      return s.isEmpty() ? "" : " " + s;
    }
  }

  /** Reads and closes. */
  static Said said(Reply reply) {
    try (reply) {
      boolean header = !reply.header("Docker-Distribution-Api-Version").isEmpty();
      byte[] bytes = reply.read(MAX_BYTES);
      if (bytes.length == 0 || reply.isHtml()) return new Said("", "", header);
      JsonObject o = Json.object(bytes, MAX_BYTES, "error");
      List<JsonObject> errors = o.objects("errors");
      if (errors.isEmpty()) return new Said("", Redacted.text(o.findText("message").or(() -> text(o, "details")).orElse("")), header);
      JsonObject first = errors.getFirst();
      return new Said(Redacted.text(first.findText("code").orElse("")), Redacted.text(first.findText("message").orElse("")), true);
    } catch (GantryException e) {
      // no document of a registry; the status has to tell
      return new Said("", "", !reply.header("Docker-Distribution-Api-Version").isEmpty());
    } catch (IOException e) {
      return new Said("", "", false); // the connection broke while telling why; the status has to tell
    }
  }

  private static java.util.Optional<String> text(JsonObject o, String key) {
    return o.asMap().get(key) instanceof String s ? java.util.Optional.of(s) : java.util.Optional.empty();
  }

  /**
   * The failure an answer means.
   *
   * @param wanted what was asked for, e.g. {@code tag 'latest' of 'library/redis'}
   * @param user who was logged in; empty for nobody
   */
  static Failure failure(Reply reply, Said said, String wanted, String user) {
    String at = reply.from();
    String came = " (" + reply.status() + said + ")";
    return switch (reply.status()) {
      case 401, 403 -> denied(at, came, wanted, user);
      case 404, 410 -> Failure.of(Failure.Kind.NOT_FOUND, at + " has no " + wanted + came + "; check the name");
      case 408, 425, 429 -> Failure.unavailable(at + " asks us to wait" + waiting(reply) + came, reply.retryAfter());
      case 400 -> UNKNOWN.contains(said.code)
          ? Failure.of(Failure.Kind.NOT_FOUND, at + " has no " + wanted + came + "; check the name")
          : unexpected(at, came, wanted);
      default -> reply.status() >= 500 // also those that only proxies and content networks have, such as 522
          ? Failure.unavailable(at + " has trouble" + waiting(reply) + came, reply.retryAfter())
          : unexpected(at, came, wanted);
    };
  }

  static Failure denied(String at, String came, String wanted, String user) {
    if (user.isEmpty()) {
      return Failure.of(
          Failure.Kind.DENIED, at + " refuses " + wanted + came + "; it may need a login (dist:login " + at + "), or the name is wrong");
    }
    return Failure.of(Failure.Kind.DENIED, at + " refuses '" + user + "'" + came + "; wrong password, or no right to " + wanted
        + ": dist:login " + at);
  }

  private static Failure unexpected(String at, String came, String wanted) {
    return Failure.of(Failure.Kind.INVALID, at + " gave an answer to " + wanted + " that no registry gives" + came);
  }

  private static String waiting(Reply reply) {
    return reply.retryAfter().isZero() ? "" : " for " + reply.retryAfter().toSeconds() + " s";
  }
}
