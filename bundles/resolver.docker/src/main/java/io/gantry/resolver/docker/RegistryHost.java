package io.gantry.resolver.docker;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One place to ask for images: the origin or a mirror.
 *
 * @param base root of its API, without a slash at the end, e.g. {@code https://registry-1.docker.io/v2}
 * @param namespace what a mirror is told in {@code ?ns=}, the host of the reference; empty for the origin
 * @param capabilities what it may be asked for
 * @param header sent with each request to this host, never to another
 * @param guessed whether https was assumed and plain http is tried too; for loopback alone
 * @param file the hosts.toml that has, or would have, this host; for hints
 */
record RegistryHost(
    URI base, String namespace, Set<Capability> capabilities, Map<String, List<String>> header, Tls tls, boolean guessed, String file) {
  /** What a host may be asked for; a tag needs both, since whoever resolves a tag decides what it is. */
  enum Capability { PULL, RESOLVE, PUSH, REFERRERS }

  RegistryHost {
    capabilities = Set.copyOf(capabilities);
    header = Map.copyOf(header);
  }

  boolean can(Capability... wanted) {
    return capabilities.containsAll(List.of(wanted));
  }

  /** {@code host[:port]} as connected to; what credentials are kept under. */
  String authority() {
    return authority(base);
  }

  /**
   * How another address that this host sends us to is trusted: by the same authorities. Its client certificate is not shown there, and
   * leave to skip the check was given for this host alone.
   */
  Tls tlsFor(URI other) {
    if (other.getHost().equalsIgnoreCase(base.getHost())) return tls;
    return new Tls(tls.ca(), List.of(), false, tls.dialTimeout());
  }

  /** The same, with which TLS must have begun within this time, where none is configured. */
  RegistryHost greeted(Duration time) {
    Tls quick = new Tls(tls.ca(), tls.client(), tls.skipVerify(), tls.dialTimeout().or(() -> Optional.of(time)));
    return new RegistryHost(base, namespace, capabilities, header, quick, guessed, file);
  }

  URI uri(String path) {
    return URI.create(base + path + (namespace.isEmpty() ? "" : "?ns=" + namespace));
  }

  /** {@code host[:port]} without a port that is the scheme's own. */
  static String authority(URI uri) {
    int port = uri.getPort();
    boolean own = port < 0 || port == 443 && uri.getScheme().equals("https") || port == 80 && uri.getScheme().equals("http");
    return uri.getHost().toLowerCase(Locale.ROOT) + (own ? "" : ":" + port);
  }

  /** Whether a host part is this machine, by its form alone: asking the resolver would let DNS decide where plain http is fine. */
  static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost") || host.equals("[::1]") || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }
}
