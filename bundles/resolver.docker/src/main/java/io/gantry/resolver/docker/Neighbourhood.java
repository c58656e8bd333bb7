package io.gantry.resolver.docker;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * Whether a host may send us to another address: to a token server, or by a redirect. Without this rule a registry in the internet could
 * make the manager ask machines that only the manager reaches, a cloud's metadata service among them, and hand them a password
 * (CVE-2026-48978).
 */
final class Neighbourhood {
  private enum Reach { LINK, LOOPBACK, PRIVATE, PUBLIC }

  private Neighbourhood() {}

  /**
   * @param from whom we asked
   * @param to where we are sent
   * @throws Failure it is further inside than the sender, or plain http
   */
  static void check(URI from, URI to, String what) throws Failure {
    if (to.getHost() == null || !"https".equals(to.getScheme()) && !"http".equals(to.getScheme())) {
      throw refuse(from, to, what, "which is no http or https address");
    }
    if (to.getScheme().equals("http") && !(RegistryHost.isLoopback(to.getHost()) && RegistryHost.isLoopback(from.getHost()))) {
      throw refuse(from, to, what, "which is plain http");
    }
    if (to.getHost().equalsIgnoreCase(from.getHost())) return;
    Reach target = reach(to.getHost());
    if (target == Reach.LINK || target.compareTo(Reach.PUBLIC) < 0 && target.compareTo(reach(from.getHost())) < 0) {
      throw refuse(from, to, what, "which is an address inside (" + target.name().toLowerCase(java.util.Locale.ROOT) + ")");
    }
  }

  private static Failure refuse(URI from, URI to, String what, String why) {
    return Failure.of(
        Failure.Kind.DENIED, RegistryHost.authority(from) + " " + what + " " + Redacted.uri(to) + ", " + why + "; refused");
  }

  /** The innermost of all addresses a name has; a name that is unknown here may be known to a proxy, and is for the connection to fail. */
  private static Reach reach(String host) {
    Reach least = Reach.PUBLIC;
    try {
      for (InetAddress a : InetAddress.getAllByName(host)) {
        Reach r = reach(a);
        if (r.compareTo(least) < 0) least = r;
      }
    } catch (UnknownHostException e) {
      return Reach.PUBLIC;
    }
    return least;
  }

  private static Reach reach(InetAddress a) {
    byte[] b = a.getAddress();
    if (a.isLinkLocalAddress() || a.isMulticastAddress()) return Reach.LINK;
    if (a.isLoopbackAddress() || a.isAnyLocalAddress()) return Reach.LOOPBACK;
    boolean shared = b.length == 4 && (b[0] & 0xff) == 100 && (b[1] & 0xc0) == 64;
    boolean uniqueLocal = b.length == 16 && (b[0] & 0xfe) == 0xfc;
    return a.isSiteLocalAddress() || shared || uniqueLocal ? Reach.PRIVATE : Reach.PUBLIC;
  }
}
