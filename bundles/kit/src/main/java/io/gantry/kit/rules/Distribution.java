package io.gantry.kit.rules;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.Packing;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.Logged;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the rules of {@link Resolver} share: a registry with an image in {@code team/app}, and core's part of a download. */
final class Distribution {
  static final String REPOSITORY = "team/app";
  static final Credential ANN = new Credential("ann", "secret-of-ann");
  private final Trial<Resolver> t;
  final FaultyRegistry registry;
  final Image image;
  final byte[] bytes;
  final Descriptor layer;

  Distribution(Trial<Resolver> t) throws IOException {
    this.t = t;
    this.registry = t.keep(FaultyRegistry.start());
    this.image = image(t, ImageFormat.OCI);
    Layer lowest = image.layers().getFirst();
    this.bytes = lowest.blob();
    this.layer = Descriptor.of(ImageFormat.OCI.layerType(lowest.suffix()), lowest.digest(), bytes.length);
    registry.add(REPOSITORY, "latest", image);
  }

  /** An image like no other. */
  static Image image(Trial<?> t, ImageFormat format) {
    return new ImageBuilder().layer(Layer.of(t.bytes(300_000), Packing.plain())).cmd("/bin/true").build(format);
  }

  Reference reference(String tag) {
    return new Reference(registry.host(), REPOSITORY, Optional.of(tag), Optional.empty());
  }

  Reference reference(Optional<String> tag, Digest digest) {
    return new Reference(registry.host(), REPOSITORY, tag, Optional.of(digest));
  }

  Resolved resolved() {
    return new Resolved(reference("latest"), image.descriptor());
  }

  Body open(long offset, Access access) throws Exception {
    return t.driver().open(resolved(), layer, offset, access);
  }

  /** Reads from an offset as core does, which skips what comes before it. */
  byte[] read(long offset) throws Exception {
    try (Body body = open(offset, Access.anonymous())) {
      t.check(body.offset() == offset || body.offset() == 0, "asked for bytes from " + offset + ", they start at " + body.offset());
      t.check(!body.source().isBlank(), "a body does not say who sends it");
      body.stream().skipNBytes(offset - body.offset());
      return body.stream().readAllBytes();
    }
  }

  byte[] from(long offset) {
    return Arrays.copyOfRange(bytes, (int) offset, bytes.length);
  }

  /** One credential, for one host. */
  static Access only(String host, Credential credential) {
    return access(Map.of(host, credential));
  }

  static Access access(Map<String, Credential> byHost) {
    return new Access() {
      @Override
      public Optional<Credential> credential(String host, String challenge) {
        return Optional.ofNullable(byHost.get(host));
      }

      @Override
      public Instant deadline() {
        return Instant.MAX;
      }
    };
  }

  /** Requests that a registry got with a secret in them, in clear or as a header of basic authentication. */
  static List<Logged> with(FaultyRegistry registry, Credential c) {
    String basic = Base64.getEncoder().encodeToString((c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8));
    return registry.requests().stream()
        .filter(l -> (l.request() + " " + l.request().headers()).contains(c.secret()) || l.request().headers().toString().contains(basic))
        .toList();
  }

  /** Requests that a registry got with any authorization. */
  static List<Logged> authorized(FaultyRegistry registry) {
    return registry.requests().stream().filter(l -> l.request().header("Authorization").isPresent()).toList();
  }
}
