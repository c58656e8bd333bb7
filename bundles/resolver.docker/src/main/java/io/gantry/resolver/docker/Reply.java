package io.gantry.resolver.docker;

import io.gantry.oci.MediaTypes;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;

/**
 * What came back: the headers, and the body on its way.
 *
 * @param uri where it came from, after redirects
 * @param home whether that is the host that was asked, so that its challenges may be answered
 */
record Reply(int status, HttpHeaders headers, BodyStream body, URI uri, boolean home) implements Closeable {
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  /** {@code host[:port]} that answered. */
  String from() {
    return RegistryHost.authority(uri);
  }

  String header(String name) {
    return headers.firstValue(name).orElse("");
  }

  /** Content-Type without parameters. */
  String type() {
    return MediaTypes.bare(header("Content-Type"));
  }

  boolean isHtml() {
    return type().equals("text/html") || type().equals("application/xhtml+xml");
  }

  OptionalLong length() {
    try {
      return headers.firstValueAsLong("Content-Length");
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The wait asked for, in seconds or as a date (RFC 9110 §10.2.3), at most an hour; zero where none. */
  Duration retryAfter() {
    String text = header("Retry-After").strip();
    Duration wait = Duration.ZERO;
    if (text.matches("[0-9]{1,9}")) {
      wait = Duration.ofSeconds(Long.parseLong(text));
    } else if (!text.isEmpty()) {
      try {
        wait = Duration.between(Instant.now(), ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      } catch (DateTimeException e) {
        return Duration.ZERO;
      }
    }
    return wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  /** All of the body, or its first {@code max} bytes plus one where it is longer. */
  byte[] read(int max) throws IOException {
    byte[] bytes = body.readNBytes(max + 1);
    if (bytes.length <= max) body.read();
    return bytes;
  }

  @Override
  public void close() {
    body.close();
  }
}
