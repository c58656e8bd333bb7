package io.gantry.resolver.docker;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.ManyFiles;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the tests of this bundle share: an image, options, credentials that are watched. */
final class World {
  static final Image IMAGE = ManyFiles.of(2, 10, 3).image(ImageFormat.OCI);
  static final Layer LAYER = IMAGE.layers().getFirst();
  static final Descriptor BLOB = Descriptor.of(ImageFormat.OCI.layerType(LAYER.suffix()), LAYER.digest(), LAYER.blob().length);
  static final DockerResolver.Options OPTIONS = DockerResolver.Options.defaults();
  /** With a body that stands still; not with who takes a while to answer, as a busy machine does. */
  static final DockerResolver.Options IMPATIENT =
      new DockerResolver.Options(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofSeconds(1), 10, false);

  private World() {}

  static DockerResolver resolver() {
    return new DockerResolver(HostsConfig.none(), OPTIONS);
  }

  static Reference reference(String text) {
    return Reference.parse(text);
  }

  static byte[] read(DockerResolver resolver, String reference, Descriptor d, long offset) throws IOException {
    try (Body body = resolver.open(new Resolved(reference(reference), IMAGE.descriptor()), d, offset, Access.anonymous())) {
      body.stream().skipNBytes(offset - body.offset());
      return body.stream().readAllBytes();
    }
  }

  /** A {@code hosts.toml} for a registry. */
  static HostsConfig hosts(Path folder, String registry, String toml) throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve(registry.replace(':', '_'))).resolve("hosts.toml"), toml);
    return HostsConfig.folder(folder);
  }

  /** Credentials by host, which remember who asked. */
  static final class Watched implements Access {
    final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Credential> credentials;

    Watched(Map<String, Credential> credentials) {
      this.credentials = credentials;
    }

    @Override
    public Optional<Credential> credential(String host, String challenge) {
      asked.add(host);
      return Optional.ofNullable(credentials.get(host));
    }

    @Override
    public Instant deadline() {
      return Instant.MAX;
    }
  }
}
