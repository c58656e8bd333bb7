package io.gantry.kit.registry;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** A way to answer wrongly. */
@FunctionalInterface
public interface Fault {
  /** Spoils the right answer to a request. */
  void spoil(Request request, Reply reply);

  /** Both, this one first. */
  default Fault and(Fault other) {
    return (q, r) -> {
      spoil(q, r);
      other.spoil(q, r);
    };
  }

  /** The connection breaks after so many bytes of the body. */
  static Fault cutAfter(long bytes) {
    return (q, r) -> r.cutAfter = bytes;
  }

  /** A body that ends early and says so little: Content-Length is of what comes. */
  static Fault shortBody(int bytes) {
    return (q, r) -> r.body = Arrays.copyOf(r.body, Math.min(bytes, r.body.length));
  }

  /** Content-Length says less than the document has, and no more comes. */
  static Fault declaredLength(long bytes) {
    return (q, r) -> r.declared = bytes;
  }

  /** One bit of the body is another; its length and all headers stay. */
  static Fault wrongBytes() {
    return (q, r) -> {
      r.body = r.body.clone();
      if (r.body.length > 0) r.body[r.body.length / 2] ^= 1;
    };
  }

  /** More bytes than there are. */
  static Fault longBody(int more) {
    return (q, r) -> r.body = Arrays.copyOf(r.body, r.body.length + more);
  }

  static Fault wrongDigestHeader() {
    return header("Docker-Content-Digest", "sha256:" + "0".repeat(64));
  }

  static Fault noDigestHeader() {
    return (q, r) -> r.headers.remove("Docker-Content-Digest");
  }

  static Fault header(String name, String value) {
    return (q, r) -> r.headers.put(name, value);
  }

  /** A page for people, as captive portals and wrong hosts answer. */
  static Fault html() {
    return answer(200, "text/html; charset=utf-8", "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>");
  }

  static Fault status(int status) {
    return (q, r) -> become(r, Reply.error(status, status == 404 ? "NOT_FOUND" : "UNKNOWN", "as told"));
  }

  static Fault answer(int status, String type, String body) {
    return (q, r) -> become(r, Reply.text(status, type, body));
  }

  /** @param retryAfter seconds or a date */
  static Fault tooManyRequests(String retryAfter) {
    return status(429).and(header("Retry-After", retryAfter));
  }

  /** The whole body with status 200, whatever range was asked for. */
  static Fault noRange() {
    return (q, r) -> {
      if (r.status != 206) return;
      r.status = 200;
      r.body = r.whole;
      r.headers.remove("Content-Range");
      r.headers.remove("Accept-Ranges");
    };
  }

  /** Another part than was asked for, and says so. */
  static Fault wrongContentRange() {
    return (q, r) -> {
      if (r.status == 206) r.headers.put("Content-Range", "bytes 0-" + (r.body.length - 1) + "/" + r.whole.length);
    };
  }

  /** Another part than was asked for, and says nothing of it. */
  static Fault wrongRangeBytes() {
    return (q, r) -> {
      if (r.status == 206) r.body = Arrays.copyOf(r.whole, r.body.length);
    };
  }

  static Fault throttle(long bytesPerSecond) {
    return (q, r) -> r.bytesPerSecond = bytesPerSecond;
  }

  /** Nothing for a while, then the answer. */
  static Fault delay(Duration time) {
    return (q, r) -> r.delay = time;
  }

  /** A byte a second and never the end. */
  static Fault slowLoris() {
    return throttle(1);
  }

  /** The connection is closed without an answer. */
  static Fault noAnswer() {
    return (q, r) -> r.silent = true;
  }

  /** Where the connection ends early, as after {@link #cutAfter} or {@link #noAnswer}, the other side gets a reset. */
  static Fault reset() {
    return (q, r) -> r.reset = true;
  }

  /** To the same path on another host, as registries send blobs to their stores. */
  static Fault redirect(URI host) {
    return (q, r) -> become(r, Reply.text(307, "text/plain", "").header("Location", host.resolve(q.path() + "?signature=secret")
        .toString()));
  }

  static Fault redirectTo(String location) {
    return (q, r) -> become(r, Reply.text(307, "text/plain", "").header("Location", location));
  }

  static Fault headNotAllowed() {
    return (q, r) -> {
      if (q.method().equals("HEAD")) become(r, Reply.error(405, "UNSUPPORTED", "no HEAD here"));
    };
  }

  /** A document with so many bytes of blanks behind it; the digest in the header is of it as it was. */
  static Fault padded(int bytes) {
    return (q, r) -> {
      int length = r.body.length;
      r.body = Arrays.copyOf(r.body, length + bytes);
      Arrays.fill(r.body, length, length + bytes, (byte) ' ');
    };
  }

  static Fault body(String text) {
    return (q, r) -> r.body = text.getBytes(StandardCharsets.UTF_8);
  }

  private static void become(Reply r, Reply other) {
    r.status = other.status;
    r.body = other.body;
    r.declared = -1;
    r.headers.clear();
    r.headers.putAll(other.headers);
  }
}
