package io.gantry.transfer;

import io.gantry.service.driver.DriverRef;
import io.gantry.spi.resolver.Resolver;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How this manager transfers.
 *
 * @param resolver name of the resolver driver
 * @param resolvers names of other drivers by the host that they are for
 * @param snapshotter name of the snapshot driver where neither a request nor its namespace names one
 * @param downloads layers that are fetched at once, over all pulls
 * @param retries failures in a row, without a byte in between, after which a pull gives up
 * @param retryFirst pause after the first failure; each further one doubles it
 * @param retryLongest longest wait that a registry may ask for
 * @param resume how long what a pull has got stays where it fails
 */
record Settings(String resolver, Map<String, String> resolvers, String snapshotter, int downloads, int retries, Duration retryFirst,
    Duration retryLongest, Duration resume) {
  static final int MOST_RESUME = 1440;
  private static final Duration RESUME = Duration.ofMinutes(60);
  static final int MOST_DOWNLOADS = 64;
  /** Of times: a day. Far more, in nanoseconds, does not fit into a number. */
  static final String LONGEST = "1440m";
  private static final Pattern TIME = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m)");

  Settings {
    if (resolver.isBlank()) throw new IllegalArgumentException("resolver is empty, expected the name of a driver, e.g. docker");
    resolvers = Map.copyOf(resolvers);
    if (snapshotter.isBlank()) throw new IllegalArgumentException("snapshotter is empty, expected the name of a driver, e.g. overlayfs");
    if (downloads < 1 || downloads > MOST_DOWNLOADS) {
      throw new IllegalArgumentException("downloads is " + downloads + ", expected 1 to " + MOST_DOWNLOADS);
    }
    for (Duration time : List.of(retryFirst, retryLongest)) {
      if (time.compareTo(Duration.ofDays(1)) > 0) {
        String key = time.equals(retryFirst) ? "retry.first" : "retry.longest";
        throw new IllegalArgumentException(key + " is " + time.toMinutes() + "m, expected at most " + LONGEST);
      }
    }
    if (retries < 0) throw new IllegalArgumentException("retries is " + retries + ", expected 0 or more");
    if (resume.isNegative() || resume.toMinutes() > MOST_RESUME) {
      throw new IllegalArgumentException("resume.minutes is " + resume.toMinutes() + ", expected 0 to " + MOST_RESUME);
    }
  }

  /** One resolver for all hosts. */
  Settings(String resolver, String snapshotter, int downloads, int retries, Duration retryFirst, Duration retryLongest) {
    this(resolver, Map.of(), snapshotter, downloads, retries, retryFirst, retryLongest, RESUME);
  }

  /** @throws IllegalArgumentException something in it is wrong; the message names the key */
  static Settings of(TransferComponent.Config c) {
    return new Settings(c.resolver(), resolvers(c.resolvers()), c.snapshotter(), c.downloads(), c.retries(),
        time("retry.first", c.retry_first()), time("retry.longest", c.retry_longest()), Duration.ofMinutes(c.resume_minutes()));
  }

  /** The same with another time for what a failed pull has got. */
  Settings resuming(Duration grace) {
    return new Settings(resolver, resolvers, snapshotter, downloads, retries, retryFirst, retryLongest, grace);
  }

  /** The driver for an image's host. */
  DriverRef resolver(String host) {
    return new DriverRef(Resolver.KIND, resolvers.getOrDefault(host, resolver));
  }

  /** Reads {@code HOST=DRIVER, …}. */
  static Map<String, String> resolvers(String text) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String part : text.split(",")) {
      if (part.isBlank()) continue;
      String[] sides = part.strip().split("\\s*=\\s*");
      if (sides.length != 2 || sides[0].isEmpty() || sides[1].isEmpty() || all.put(sides[0], sides[1]) != null) {
        throw new IllegalArgumentException("resolvers has '" + part.strip() + "', expected HOST=DRIVER, each host once");
      }
    }
    return all;
  }

  static Settings defaults() {
    return new Settings("docker", "overlayfs", 3, 5, Duration.ofMillis(200), Duration.ofMinutes(5));
  }

  /** Reads {@code 200ms}, {@code 3s} or {@code 5m}. */
  static Duration time(String key, String text) {
    Matcher m = TIME.matcher(text.strip());
    if (!m.matches()) throw new IllegalArgumentException(key + " is '" + text + "', expected a number with ms, s or m");
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      default -> Duration.ofMinutes(n);
    };
  }
}
