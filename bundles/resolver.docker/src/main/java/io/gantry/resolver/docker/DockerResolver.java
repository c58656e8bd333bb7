package io.gantry.resolver.docker;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.Reference;
import io.gantry.resolver.docker.RegistryHost.Capability;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Images of registries that speak Docker's and OCI's distribution protocol, there and back. A plain Java library: no OSGi, no static state,
 * any number of threads.
 *
 * <pre>{@code
 * try (var resolver = new DockerResolver(HostsConfig.none())) {
 *   Resolved image = resolver.resolve(Reference.parse("redis"), Access.anonymous());
 *   try (Body manifest = resolver.open(image, image.target(), 0, Access.anonymous())) {
 *     System.out.write(manifest.stream().readAllBytes());
 *   }
 * }
 * }</pre>
 */
public final class DockerResolver implements Resolver, Pusher, Closeable {
  /**
   * How patient to be.
   *
   * @param connectTimeout for a connection; hosts.toml may say another for a host
   * @param responseTimeout from the request to the headers of its answer
   * @param stallTimeout without a byte of a body
   * @param maxRedirects per request
   * @param http2 whether HTTP/2 is offered; one connection for all layers is slower than several of HTTP/1.1 on most networks
   */
  public record Options(Duration connectTimeout, Duration responseTimeout, Duration stallTimeout, int maxRedirects, boolean http2) {
    public static Options defaults() {
      return new Options(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30), 10, false);
    }
  }

  private final HostsConfig hosts;
  private final Clients clients;
  private final Wire wire;
  private final Authorizer authorizer;

  public DockerResolver(HostsConfig hosts) {
    this(hosts, Options.defaults());
  }

  public DockerResolver(HostsConfig hosts, Options options) {
    this.hosts = hosts;
    this.clients = new Clients(options.connectTimeout(), options.http2());
    this.wire = new Wire(clients, options);
    this.authorizer = new Authorizer(new Tokens(wire));
  }

  @Override
  public Resolved resolve(Reference reference, Access access) throws IOException {
    Capability[] needed =
        reference.digest().isPresent() ? new Capability[] {Capability.PULL} : new Capability[] {Capability.PULL, Capability.RESOLVE};
    return ask("resolving " + reference, reference, access, needed, r -> new Resolved(reference, r.resolve()));
  }

  @Override
  public Body open(Resolved resolved, Descriptor descriptor, long offset, Access access) throws IOException {
    if (offset < 0) throw new IllegalArgumentException("offset " + offset);
    String doing = "fetching " + descriptor.digest() + " of " + resolved.reference();
    return ask(doing, resolved.reference(), access, new Capability[] {Capability.PULL}, r -> r.open(descriptor, offset));
  }

  @Override
  public boolean exists(Resolved target, Descriptor descriptor, Access access) throws IOException {
    return push("looking for " + descriptor.digest(), target, access, p -> p.exists(descriptor));
  }

  @Override
  public boolean mount(Resolved target, Descriptor descriptor, String from, Access access) throws IOException {
    return push("mounting " + descriptor.digest() + " of '" + from + "'", target, access, p -> p.mount(descriptor, from));
  }

  @Override
  public void put(Resolved target, Descriptor descriptor, InputStream body, Access access) throws IOException {
    push("pushing " + descriptor.digest(), target, access, p -> {
      p.put(descriptor, body);
      return true;
    });
  }

  /** Ends it: new calls fail, bodies that were opened go on, and with the last of them the last thread ends. */
  @Override
  public void close() {
    clients.close();
  }

  @FunctionalInterface
  private interface Step {
    boolean of(Publication publication) throws Failure, IOException;
  }

  /** With the first host that may be pushed to alone: an image that lies half here and half there is nowhere. */
  private boolean push(String doing, Resolved target, Access access, Step step) throws IOException {
    Reference reference = target.reference();
    String what = doing + " for " + reference;
    RegistryHost host = hosts.hosts(reference.host()).stream().filter(h -> h.can(Capability.PUSH)).findFirst().orElseThrow(
        () -> new InvalidException(what + ": hosts.toml lets no host of " + reference.host() + " be pushed to"));
    Registry registry = new Registry(wire, authorizer, host, reference, access);
    try {
      return step.of(new Publication(wire, host, registry, access, target));
    } catch (Failure e) {
      throw Verdict.over(what, List.of(registry.explained(e)));
    }
  }

  @FunctionalInterface
  private interface Question<T> {
    T of(Registry registry) throws Failure, IOException;
  }

  /** Asks host after host until one can. */
  private <T> T ask(String doing, Reference reference, Access access, Capability[] needed, Question<T> question) throws IOException {
    List<Failure> failures = new ArrayList<>();
    List<RegistryHost> candidates = hosts.hosts(reference.host()).stream().filter(h -> h.can(needed)).toList();
    if (candidates.isEmpty()) {
      throw new InvalidException(doing + ": hosts.toml allows no host of " + reference.host() + " to " + List.of(needed));
    }
    for (RegistryHost host : candidates) {
      Registry registry = new Registry(wire, authorizer, host, reference, access);
      try {
        return question.of(registry);
      } catch (Failure e) {
        failures.add(registry.explained(e));
      }
    }
    throw Verdict.over(doing, failures);
  }
}
