package io.gantry.deploy;

import io.gantry.api.InvalidException;
import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** {@code drivers.lock}: one line for each instance that is not simply the shipped one: {@code kind/name digest previous}. */
final class LockFile {
  private static final String HEAD =
      "# What is to be in use instead of the shipped drivers: kind/name, digest, digest before (- for none).\n"
      + "# Written by driver:install, update, rollback and remove.\n";
  private static final Pattern DIGEST = Pattern.compile(JarStore.HEX + "|" + Deployment.SHIPPED + "|" + Deployment.NONE);
  private final Path file;
  private final String damage;
  private Map<DriverRef, Deployment> lines = new TreeMap<>();

  private LockFile(Path file, String damage) {
    this.file = file;
    this.damage = damage;
  }

  /**
   * Where a line is damaged, an empty one that says so and writes nothing: guessing which driver owns which folder is not for a program.
   */
  static LockFile read(Path file) throws IOException {
    try {
      return parse(file);
    } catch (InvalidException e) {
      return new LockFile(file, e.getMessage() + "; no driver is taken into use: mend that line, and start again");
    }
  }

  /** What is wrong with the file; empty where it is whole. */
  String damage() {
    return damage;
  }

  private static LockFile parse(Path file) throws IOException {
    LockFile lock = new LockFile(file, "");
    if (!Files.exists(file)) return lock;
    int number = 0;
    for (String line : Files.readString(file, StandardCharsets.UTF_8).split("\n")) {
      number++;
      if (line.isBlank() || line.startsWith("#")) continue;
      String[] words = line.strip().split(" +");
      if (words.length != 3 || !digest(words[1]) || !(words[2].equals("-") || digest(words[2]))) {
        throw new InvalidException(file + ":" + number + ": '" + line + "' is not: kind/name digest digest-before");
      }
      DriverRef ref;
      try {
        ref = DriverRef.of(words[0]);
      } catch (IllegalArgumentException e) {
        throw new InvalidException(file + ":" + number + ": '" + words[0] + "' is not the kind/name of a driver", e);
      }
      lock.lines.put(ref, new Deployment(ref, words[1], words[2].equals("-") ? Optional.empty() : Optional.of(words[2])));
    }
    return lock;
  }

  private static boolean digest(String word) {
    return DIGEST.matcher(word).matches();
  }

  synchronized Optional<Deployment> find(DriverRef ref) {
    return Optional.ofNullable(lines.get(ref));
  }

  /**
   * The location of the bundle that is to be in use; for an instance that was removed, one that never comes.
   *
   * @param location by digest
   */
  Optional<String> wanted(DriverRef ref, UnaryOperator<String> location) {
    return find(ref).map(Deployment::digest).filter(d -> !d.equals(Deployment.SHIPPED))
        .map(d -> d.equals(Deployment.NONE) ? Deployment.NONE : location.apply(d));
  }

  synchronized List<Deployment> all() {
    return List.copyOf(lines.values());
  }

  /**
   * Synced before it returns; where it throws, nothing changed.
   *
   * @throws InvalidException the file is damaged, or would be for the next start; it stays as it is
   */
  synchronized void put(Collection<Deployment> changed) throws IOException {
    if (!damage.isEmpty()) throw new InvalidException(damage);
    Map<DriverRef, Deployment> next = new TreeMap<>(lines);
    for (Deployment d : changed) {
      if (!digest(d.digest()) || !d.previous().map(LockFile::digest).orElse(true)) {
        throw new InvalidException("driver " + d.ref() + " cannot be written to " + file + ": expected 64 hex digits, " + Deployment.SHIPPED
            + " or " + Deployment.NONE + " as its digests, found '" + d.digest() + "' and '" + d.previous().orElse("-") + "'");
      }
      next.put(d.ref(), d);
    }
    StringBuilder text = new StringBuilder(HEAD);
    for (Deployment d : next.values()) {
      text.append(d.ref()).append(' ').append(d.digest()).append(' ').append(d.previous().orElse("-")).append('\n');
    }
    Durable.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    lines = next;
  }
}
