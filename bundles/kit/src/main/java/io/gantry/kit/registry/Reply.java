package io.gantry.kit.registry;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** An answer on its way out; faults change it. */
public final class Reply {
  int status;
  byte[] body;
  /** All of the blob, where the body is a part. */
  byte[] whole;
  /** What Content-Length says; -1 for the truth. */
  long declared = -1;
  /** After so many bytes of the body the connection is closed. */
  long cutAfter = Long.MAX_VALUE;
  /** 0 for as fast as it goes. */
  long bytesPerSecond;
  Duration delay = Duration.ZERO;
  /** Close the connection without a word. */
  boolean silent;
  /** Where the connection ends early, it ends with a reset. */
  boolean reset;
  final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  Reply(int status, String type, byte[] body) {
    this.status = status;
    this.body = body;
    this.whole = body;
    headers.put("Content-Type", type);
  }

  static Reply text(int status, String type, String body) {
    return new Reply(status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  /** An error as the distribution specification words it. */
  static Reply error(int status, String code, String message) {
    return text(status, "application/json", "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}]}");
  }

  Reply header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  public int status() {
    return status;
  }

  public byte[] body() {
    return body.clone();
  }
}
