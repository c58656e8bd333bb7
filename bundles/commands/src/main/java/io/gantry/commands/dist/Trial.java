package io.gantry.commands.dist;

import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Drivers;
import io.gantry.service.transfer.Credentials;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.login.FailedLoginException;

/**
 * Asks a registry whether it takes a credential, through the resolver as a pull does. It is asked for an image that nobody has: it says
 * that there is none, or that the user has no right to it, or that the credential itself is wrong; of the last a resolver tells by a
 * {@link FailedLoginException} as the cause.
 */
final class Trial implements Access {
  private static final Set<String> HUB = Set.of("docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com");
  private final Reference nothing;
  private final Credential credential;
  private final Instant deadline;
  private volatile boolean asked;
  private volatile String stranger = "";

  /** @throws InvalidException the host is none */
  Trial(String host, Credential credential, Instant deadline) throws InvalidException {
    this.nothing = nothing(host);
    this.credential = credential;
    this.deadline = deadline;
  }

  private static Reference nothing(String host) throws InvalidException {
    try {
      return new Reference(name(host), "gantry/login", Optional.of("check"), Optional.empty());
    } catch (IllegalArgumentException e) {
      throw new InvalidException("'" + host + "' is not a registry's host[:port], e.g. registry.example.com:5000", e);
    }
  }

  /** Docker Hub has several names, and https has a port. */
  private static String name(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    if (HUB.contains(lower)) return "docker.io";
    return lower.endsWith(":443") ? lower.substring(0, lower.length() - 4) : lower;
  }

  /** The password goes to the host alone that the user named, not to its mirrors. */
  @Override
  public Optional<Credential> credential(String host, String challenge) {
    if (!name(host).equals(nothing.host())) {
      stranger = host;
      return Optional.empty();
    }
    asked = true;
    return Optional.of(credential);
  }

  @Override
  public Instant deadline() {
    return deadline;
  }

  /**
   * Blocks for the answer, no longer than the resolver's own limits.
   *
   * @return whether the registry asked for a password at all
   * @throws DeniedException it refuses the credential
   * @throws UnavailableException it cannot be reached, or has trouble
   * @throws InvalidException what answers is no registry
   */
  boolean ask(Credentials credentials, Drivers drivers, Scope scope) throws IOException {
    try {
      drivers.yielding(Resolver.class, credentials.resolver(scope, nothing.host()), scope, (b, loan) -> b.driver().resolve(nothing, this));
    } catch (NotFoundException e) {
      return asked; // it looked for the image, so it took the credential
    } catch (DeniedException e) {
      if (!asked || e.getCause() instanceof FailedLoginException) throw refused(e);
    } catch (UnavailableException e) {
      throw new UnavailableException(text(e), e.retryAfter(), e);
    } catch (InvalidException e) {
      throw new InvalidException(text(e), e);
    }
    return asked;
  }

  private String text(IOException e) {
    return "dist:login: nothing was kept: " + e.getMessage().replaceFirst("^resolving " + java.util.regex.Pattern.quote(nothing.toString())
        + ": ", "");
  }

  private DeniedException refused(DeniedException e) {
    String host = nothing.host();
    if (!asked && !stranger.isEmpty()) {
      return new DeniedException("dist:login: nothing was kept: " + host + " is asked under the name " + stranger
          + " (hosts.toml says so); dist:login " + stranger, e);
    }
    if (credential.user().isEmpty()) {
      return new DeniedException("dist:login: nothing was kept: " + host
          + " refuses this identity token; for a user name and a password: dist:login -u NAME " + host, e);
    }
    return new DeniedException("dist:login: nothing was kept: " + host + " refuses '" + credential.user() + "' with this password; check"
        + " both; some registries want an access token in place of the password", e);
  }
}
