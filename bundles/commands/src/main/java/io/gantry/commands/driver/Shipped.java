package io.gantry.commands.driver;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** Jars of the archive, which the framework uses where they lie. */
final class Shipped {
  private static final String IN_PLACE = "reference:file:";
  private static final int BUFFER = 1 << 16;

  private Shipped() {}

  /**
   * The SHA-256 of the jar of a bundle, in hex; empty where its location names no file, or the file is gone.
   *
   * @param location of the bundle
   */
  static Optional<String> digest(String location) throws IOException {
    if (!location.startsWith(IN_PLACE)) return Optional.empty();
    try (InputStream in = Files.newInputStream(Path.of(URI.create(location.substring("reference:".length()))))) {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) sha.update(buffer, 0, n);
      return Optional.of(HexFormat.of().formatHex(sha.digest()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }
}
