package io.gantry.transfer;

import io.gantry.api.GantryException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The passwords in docker's {@code config.json}: its {@code auths}, plain or in base64. Credential helpers are programs of others and are
 * not run. A file of another program that cannot be read is no reason to fail a pull that may need no password: a warning tells of it.
 */
final class DockerConfig {
  private static final Logger log = LoggerFactory.getLogger(DockerConfig.class);
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;

  DockerConfig(Path file) {
    this.file = file;
  }

  /** Where docker looks: {@code $DOCKER_CONFIG}, else {@code .docker} in {@code $HOME}, else in the home that the system knows. */
  static Path folder(Map<String, String> environment, String home) {
    String docker = environment.getOrDefault("DOCKER_CONFIG", "");
    if (!docker.isEmpty()) return Path.of(docker);
    String own = environment.getOrDefault("HOME", "");
    return Path.of(own.isEmpty() ? home : own, ".docker");
  }

  /** By host as docker writes it, brought to {@code host[:port]}. */
  Map<String, Credential> read() {
    Map<String, Credential> all = new TreeMap<>();
    try {
      Optional<JsonObject> auths = Json.object(Files.readAllBytes(file), MAX_BYTES, file.toString()).find("auths");
      if (auths.isEmpty()) return all;
      for (String key : auths.get().keys()) one(auths.get().object(key)).ifPresent(c -> all.putIfAbsent(host(key), c));
    } catch (NoSuchFileException e) {
      return all;
    } catch (GantryException | IllegalArgumentException e) {
      log.warn("{} cannot be read and is not used", file); // without the cause, which may show a secret
    } catch (IOException e) {
      log.warn("{} cannot be read and is not used: {}", file, e.toString());
    }
    return all;
  }

  private static Optional<Credential> one(JsonObject o) throws GantryException {
    String token = o.findText("identitytoken").orElse("");
    if (!token.isEmpty()) return Optional.of(new Credential("", token));
    String auth = o.findText("auth").orElse("");
    if (auth.isEmpty()) {
      String user = o.findText("username").orElse("");
      return user.isEmpty() ? Optional.empty() : Optional.of(new Credential(user, o.findText("password").orElse("")));
    }
    String plain = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
    int colon = plain.indexOf(':');
    if (colon <= 0) return Optional.empty();
    return Optional.of(new Credential(plain.substring(0, colon), plain.substring(colon + 1).replaceAll("\0+$", "")));
  }

  /** {@code https://index.docker.io/v1/} is Docker Hub's; others are written with or without scheme and path. */
  private static String host(String key) {
    String host = key.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    return Hosts.name(host);
  }
}
