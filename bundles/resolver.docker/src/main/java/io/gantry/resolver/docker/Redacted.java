package io.gantry.resolver.docker;

import java.net.URI;

/** Texts for messages and logs: no query (signed URLs and tokens stand there), no user info, no control characters, not too long. */
final class Redacted {
  private static final int MAX = 200;

  private Redacted() {}

  /** Scheme, host and path; a query is said to have been there. */
  static String uri(URI uri) {
    String host = uri.getHost() == null ? "?" : RegistryHost.authority(uri);
    return uri.getScheme() + "://" + host + text(uri.getRawPath() == null ? "" : uri.getRawPath())
        + (uri.getRawQuery() == null ? "" : "?…");
  }

  /** One printable line of at most 200 characters. */
  static String text(String s) {
    StringBuilder b = new StringBuilder();
    s.strip().replaceAll("(://)[^/@\\s]*@", "$1…@").codePoints().limit(MAX)
        .forEach(c -> b.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return b + (s.length() > MAX ? "…" : "");
  }
}
