package io.gantry.deploy;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a driver can be had with the values that its changed file has, which only itself can tell: it is taken into use, at once and by
 * the way of a promotion, so that an exclusive folder has one owner.
 */
final class Trial {
  /** A property of each instance: which values of its file it was given. */
  static final String MARK = "gantry.values";
  private static final Logger log = LoggerFactory.getLogger(Trial.class);
  private static final Set<State> GOOD = Set.of(State.ACTIVE, State.READY, State.DRAINING);
  /** Longer than a driver that is at work takes to go. */
  private static final Duration LONGEST = Duration.ofSeconds(60);
  /** What SCR does at a change takes milliseconds: whoever is not offered again by then needs something. */
  private static final Duration BACK = Duration.ofSeconds(2);
  private static final long PAUSE_NANOS = 2_000_000;
  private final Drivers drivers;

  Trial(Drivers drivers) {
    this.drivers = drivers;
  }

  static String mark(ConfigFile file) {
    return UUID.nameUUIDFromBytes(file.values().toString().getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** The bundle whose driver is in use, or would be at the first use; empty where there is none that works. */
  Optional<Long> inUse(DriverRef ref) {
    return drivers.list(Scope.root()).stream().filter(s -> s.ref().equals(ref) && GOOD.contains(s.state()))
        .min(Comparator.comparing(DriverState::state)).map(DriverState::bundleId);
  }

  /** Why the driver of that bundle cannot be activated with those values; empty where it is in use with them, or that is not known. */
  Optional<String> refusal(DriverRef ref, long bundle, String mark) {
    if (!given(ref, mark)) {
      log.warn("driver {} has not taken its changed values within {} s: whether they are right is not known", ref, LONGEST.toSeconds());
      return Optional.empty();
    }
    for (long end = System.nanoTime() + BACK.toNanos(); ; LockSupport.parkNanos(PAUSE_NANOS)) {
      try {
        drivers.promote(Scope.root(), ref, bundle);
        return Optional.empty();
      } catch (NotFoundException e) {
        if (System.nanoTime() > end) return Optional.of(e.getMessage());
      } catch (IOException e) {
        if (failed(ref, bundle)) return Optional.of(e.getMessage());
        log.warn("driver {}: whether its changed values are right is not known: {}", ref, e.getMessage());
        return Optional.empty();
      }
    }
  }

  private boolean failed(DriverRef ref, long bundle) {
    return drivers.list(Scope.root()).stream().anyMatch(s -> s.ref().equals(ref) && s.bundleId() == bundle && s.state() == State.FAILED);
  }

  /** Waits until the values have reached the driver, or nobody offers it any more. */
  private boolean given(DriverRef ref, String mark) {
    long end = System.nanoTime() + LONGEST.toNanos();
    long offered = System.nanoTime();
    while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
      String now = drivers.property(Scope.root(), ref, MARK);
      if (now.equals(mark)) return true;
      if (!now.isEmpty()) offered = System.nanoTime();
      if (System.nanoTime() - offered > BACK.toNanos()) return true;
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return false;
  }

  /** File, and line and key where it can be told which of the changed ones is meant, before what the driver says. */
  static String blame(ConfigFile file, ConfigFile last, String why) {
    List<String> changed = Stream.concat(file.values().keySet().stream(), last.values().keySet().stream()).distinct()
        .filter(k -> !Objects.equals(file.values().get(k), last.values().get(k))).toList();
    Optional<String> key = changed.size() == 1 ? Optional.of(changed.getFirst())
        : changed.stream().filter(k -> named(k, why) >= 0).min(Comparator.comparingInt(k -> named(k, why)));
    return key.map(k -> where(file, k)).orElse(file.name()) + ": " + why;
  }

  private static String where(ConfigFile file, String key) {
    return file.values().containsKey(key) ? file.where(key) : file.name() + ": " + key + " is no longer given";
  }

  /**
   * Where a text means a key, not a word that reads the same; -1 if nowhere. As drivers say it: {@code key = value}, {@code set key to},
   * and at the begin of a clause {@code key: …}, {@code key is …}, {@code key has …}, {@code key must …}.
   */
  private static int named(String key, String text) {
    String quoted = Pattern.quote(key);
    Matcher m = Pattern.compile("(?<![\\w./-])" + quoted + " =|\\bset " + quoted + " to |(?<=^|[:;] )" + quoted + "(:| is | has | must )")
        .matcher(text);
    return m.find() ? m.start() : -1;
  }
}
