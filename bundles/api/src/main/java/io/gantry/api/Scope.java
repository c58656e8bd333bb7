package io.gantry.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * On whose behalf a service is called: the first parameter of every service method.
 *
 * @param namespace whose records are meant; alphanumerics joined by {@code . _ -}, at most 76 characters
 * @param principal who asks, as audited; {@code root} for the local shell
 * @param lease what holds the things the call makes; where empty, records hold them
 * @param deadline when the call is to give up; {@link Instant#MAX} for never
 */
public record Scope(String namespace, String principal, Optional<String> lease, Instant deadline) {
  private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*");

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /** The namespace of whoever names none. */
  public static final String DEFAULT_NAMESPACE = "default";

  public Scope {
    if (namespace.length() > 76 || !NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException("namespace '" + namespace + "' is not letters and digits joined by . _ - (at most 76)");
    }
  }

  /** Local root in the default namespace, without a lease or a deadline. */
  public static Scope root() {
    return new Scope(DEFAULT_NAMESPACE, "root", Optional.empty(), Instant.MAX);
  }

  public Scope withNamespace(String other) {
    return new Scope(other, principal, lease, deadline);
  }

  public Scope withLease(String id) {
    return new Scope(namespace, principal, Optional.of(id), deadline);
  }

  /**
   * The same without its deadline, which is for one call: neither for what goes on behind it, such as a process, nor for taking back what
   * it left half made.
   */
  public Scope lasting() {
    return new Scope(namespace, principal, lease, Instant.MAX);
  }

  /** How long to wait at most, in nanoseconds: 0 where the deadline has passed, {@link Long#MAX_VALUE} where none is in sight. */
  public long nanosLeft() {
    if (deadline.equals(Instant.MAX)) return Long.MAX_VALUE;
    Duration left = Duration.between(Instant.now(), deadline);
    if (left.isNegative()) return 0;
    return left.compareTo(LONGEST) > 0 ? Long.MAX_VALUE : left.toNanos();
  }

  /** The same with a deadline no later than {@code timeout} from now. */
  public Scope within(Duration timeout) {
    Instant end = Instant.now().plus(timeout);
    return end.isBefore(deadline) ? new Scope(namespace, principal, lease, end) : this;
  }
}
