package io.gantry.swap;

import io.gantry.service.driver.DriverRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.function.LongPredicate;

/** A driver by its name: who offers it, who is in use, whether it may be borrowed. All is guarded by the lock of Instances. */
final class Instance {
  /** Kinds with one owner of a folder at a time; a driver of another kind says so by the property {@code gantry.exclusive}. */
  private static final Set<String> EXCLUSIVE = Set.of("content", "metadata", "snapshot");

  /** Longer than it takes to find out that a driver does not come with changed values, and to give it its last ones back. */
  private static final long REMADE_NANOS = 7_000_000_000L;

  final DriverRef ref;
  final Condition changed;
  final List<Candidate> candidates = new ArrayList<>();
  final List<Live> retired = new ArrayList<>();
  final List<Live> fenced = new ArrayList<>(); // gone, with calls that were given up and have not ended
  Optional<String> wanted = Optional.empty();
  String pid = "";
  String remark = "";
  boolean forgotten; // its configuration was taken away: it is no longer known when nobody offers it
  boolean began; // somebody was chosen once
  Candidate chosen;
  Live live;
  boolean held; // nobody borrows
  boolean yieldsHeld; // no yielding borrow begins
  boolean activating;
  boolean promoting; // a hand-over is under way: nobody else activates a build of it
  Instant since = Instant.now(); // when the state last changed
  long leftBy; // the bundle whose activation was the last that was in use and went by itself
  long awaySince = System.nanoTime(); // when there was last something to choose

  private final LongPredicate active;
  private long remadeBy; // the bundle that the desired state names, and whose component went; 0 where it is there
  private long remadeSince;

  /** @param active whether a bundle, by its id, is installed and started */
  Instance(DriverRef ref, Condition changed, LongPredicate active) {
    this.ref = ref;
    this.changed = changed;
    this.active = active;
  }

  boolean exclusive() {
    return first().map(c -> c.reference.getProperty("gantry.exclusive")).map(said -> Boolean.parseBoolean(said.toString()))
        .orElse(EXCLUSIVE.contains(ref.kind()));
  }

  /**
   * Who is to be in use: whoever is; else whom the desired state names; else the lowest bundle id. At first, before the named one has
   * come, nobody: a build that was replaced must not see the folder of its successor for a moment at each start of the manager. Nor at
   * each change of its configuration.
   */
  Optional<Candidate> first() {
    if (chosen != null) return Optional.of(chosen);
    Optional<Candidate> named = candidates.stream().filter(this::wants).findFirst();
    if (named.isEmpty() && (began || wanted.isEmpty()) && !remade()) {
      named = candidates.stream().min(Comparator.comparingLong(c -> c.bundleId));
    }
    return named;
  }

  /** Whether the desired state names it. */
  boolean wants(Candidate c) {
    return wanted.filter(c.location::equals).isPresent();
  }

  void want(Optional<String> location) {
    if (!location.equals(wanted)) remadeBy = 0;
    wanted = location;
  }

  /** The one that the desired state names has come. */
  void made() {
    remadeBy = 0;
  }

  /** The one that the desired state names goes: where its bundle stays, its component is only made anew, as for other values. */
  void unmade(Candidate c) {
    remadeBy = c.bundleId;
    remadeSince = System.nanoTime();
  }

  /** It has gone, which may have taken a while. */
  void gone(Candidate c) {
    if (remadeBy == c.bundleId) remadeSince = System.nanoTime();
  }

  /** Whether the one that the desired state names comes again by itself. */
  boolean remade() {
    return remadeBy != 0 && System.nanoTime() - remadeSince < REMADE_NANOS && active.test(remadeBy);
  }

  /** From now on it is the one, whoever comes but whom the desired state names. */
  Optional<Candidate> choose() {
    Optional<Candidate> first = first();
    first.ifPresent(this::use);
    return first;
  }

  void use(Candidate c) {
    chosen = c;
    began = true;
  }

  void changed() {
    since = Instant.now();
    changed.signalAll();
  }
}
