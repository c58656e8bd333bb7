package io.gantry.swap;

import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every instance and every bundle that offers it, for people. */
final class Listing {
  private final Instances instances;
  private final Reports reports;
  private final Deployed deployed;

  Listing(Instances instances, Reports reports, Deployed deployed) {
    this.instances = instances;
    this.reports = reports;
    this.deployed = deployed;
  }

  List<DriverState> all() {
    List<DriverState> rows = new ArrayList<>();
    List<Instance> absent = new ArrayList<>();
    instances.lock.lock();
    try {
      for (Instance i : instances.all()) {
        i.candidates.stream().sorted(Comparator.comparingLong(c -> c.bundleId)).forEach(c -> rows.add(row(i, c)));
        Stream<Live> going = Stream.concat(i.retired.stream(), Stream.ofNullable(i.live)).filter(l -> l.candidate.gone);
        going.forEach(l -> rows.add(row(i, l.candidate)));
        if (i.candidates.isEmpty() && i.live == null) absent.add(i);
      }
    } finally {
      instances.lock.unlock();
    }
    for (Instance i : absent) rows.add(absent(i, reports.whyAbsent(i))); // asks SCR: without the lock
    rows.sort(Comparator.comparing(DriverState::ref));
    return List.copyOf(rows);
  }

  private static DriverState absent(Instance i, String why) {
    String text = join("absent since " + Refusals.when(i.since) + why, i.remark);
    return new DriverState(i.ref, "", 0, "", Optional.empty(), State.ABSENT, 0, 0, abandoned(i), i.since, text);
  }

  private DriverState row(Instance i, Candidate c) {
    boolean inUse = i.live != null && i.live.candidate == c;
    Optional<Live> retired = i.retired.stream().filter(r -> r.candidate == c).findFirst();
    Live live = inUse ? i.live : retired.orElse(null);
    State state = state(i, c, inUse, retired.isPresent());
    return new DriverState(
        i.ref, c.bundleName, c.bundleId, c.version, c.digest, state, live == null ? 0 : live.epoch, live == null ? 0 : live.calls.size(),
        inUse ? abandoned(i) : 0, inUse ? i.since : c.since, why(i, c, state));
  }

  private static State state(Instance i, Candidate c, boolean inUse, boolean retired) {
    if (inUse) return i.held || i.yieldsHeld ? State.DRAINING : State.ACTIVE;
    if (retired) return State.DRAINING;
    if (!c.failure.isEmpty()) return State.FAILED;
    return i.first().filter(chosen -> chosen == c).isPresent() ? State.READY : State.DORMANT;
  }

  private String why(Instance i, Candidate c, State state) {
    String own = switch (state) {
      case READY -> "activated at its first use";
      case DORMANT -> beside(i);
      case FAILED -> c.failure;
      case DRAINING -> "is being replaced";
      case ACTIVE -> i.wanted.isEmpty() || i.wants(c) ? "" : "stands in for " + deployed.shown(i.wanted.get())
          + ", which drivers.lock names and which is not there";
      default -> "";
    };
    return state == State.DORMANT ? own : join(own, i.remark);
  }

  /** Why a build waits. */
  private String beside(Instance i) {
    Optional<Candidate> first = i.first();
    if (first.isPresent()) return "stands beside " + first.get().label();
    if (i.wanted.filter(Deployment.NONE::equals).isPresent()) return "was removed; driver:rollback brings it back";
    return i.wanted.isPresent() ? "waits for " + deployed.shown(i.wanted.get()) + ", which drivers.lock names" : "waits to be chosen";
  }

  private static String join(String a, String b) {
    return a.isEmpty() || b.isEmpty() ? a + b : a + "; " + b;
  }

  private static int abandoned(Instance i) {
    return i.fenced.stream().mapToInt(l -> l.abandoned).sum();
  }
}
