package io.gantry.deploy;

import io.gantry.api.CorruptException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jars by their digest, in {@code <root>/bundles/sha256/<hex>.jar}; never in a content store, which a driver implements. */
final class JarStore {
  private static final Logger log = LoggerFactory.getLogger(JarStore.class);
  private static final long MOST_BYTES = 256L << 20;
  static final String HEX = "[0-9a-f]{64}";
  private static final Pattern DIGEST = Pattern.compile(HEX);
  private static final String JAR = ".jar";
  private final Path folder;

  JarStore(Path folder) {
    this.folder = folder;
  }

  /** The location of the bundle of a jar: where its bytes are. */
  String location(String digest) {
    return path(digest).toUri().toString();
  }

  /** The digest that such a location names, 64 hex digits; empty for another one, wherever its jar is. */
  Optional<String> digestAt(String location) {
    String before = folder.toUri() + (Files.isDirectory(folder) ? "" : "/");
    if (!location.startsWith(before) || !location.endsWith(JAR)) return Optional.empty();
    String name = location.substring(before.length(), location.length() - JAR.length());
    return Optional.of(name).filter(n -> DIGEST.matcher(n).matches());
  }

  /** Copies a jar in and answers its digest. */
  String add(Path jar) throws IOException {
    if (!Files.isRegularFile(jar)) throw new NotFoundException("there is no file " + jar);
    if (Files.size(jar) > MOST_BYTES) throw new InvalidException(jar + " is larger than " + (MOST_BYTES >> 20) + " MiB");
    byte[] content = Files.readAllBytes(jar);
    String digest = digest(content);
    Durable.folder(folder);
    if (!Files.exists(path(digest))) Durable.write(path(digest), content);
    return digest;
  }

  /** The bytes of a jar, whose digest is checked. */
  byte[] read(String digest) throws IOException {
    if (!Files.exists(path(digest))) throw new NotFoundException("the jar " + path(digest) + " is gone");
    byte[] content = Files.readAllBytes(path(digest));
    String found = digest(content);
    if (!found.equals(digest)) throw new CorruptException(path(digest) + " was changed", digest, found);
    return content;
  }

  /** Removes what nobody names any more; what cannot be removed is left, for the next time. */
  void keepOnly(Set<String> digests) {
    try {
      sweep(digests);
    } catch (IOException e) {
      log.warn("jars that no driver needs stay in {}: {}", folder, e.toString());
    }
  }

  private void sweep(Set<String> digests) throws IOException {
    if (!Files.isDirectory(folder)) return;
    List<Path> all;
    try (Stream<Path> files = Files.list(folder)) {
      all = files.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path p : all) {
      String name = p.getFileName().toString();
      if (name.endsWith(JAR) && !digests.contains(name.substring(0, name.length() - JAR.length()))) Durable.remove(p);
    }
  }

  private Path path(String digest) {
    return folder.resolve(digest + JAR);
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
