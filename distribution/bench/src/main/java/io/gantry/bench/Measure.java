package io.gantry.bench;

import java.util.Optional;

/** What is measured, in the order of a session. */
enum Measure {
  START("start", "s", new Goal.Value(1, "s"), "start on fresh folders to the first answer"),
  LARGE_FIRST("large-image-first", "s", null, "pull of the large image, the first thing after a start"),
  LARGE("large-image", "s", new Goal.Ratio(0.5), "pull of another large image after that"),
  SMALL("small-image", "s", new Goal.Ratio(0.8), "pull of redis"),
  RUN("run-true", "s", new Goal.Ratio(1.1), "create, start, wait and delete a container of true"),
  ONE_SHOT("one-shot", "s", new Goal.Ratio(1.5), "list images by a client of its own"),
  IDLE_RSS("idle-memory", "MB", new Goal.Value(130, "MB"), "resident memory of the daemon after all that and a pause"),
  IDLE_PSS("idle-memory-own", "MB", null, "the same without what it shares with others");

  private final String id;
  private final String unit;
  private final Goal goal;
  private final String meaning;

  Measure(String id, String unit, Goal goal, String meaning) {
    this.id = id;
    this.unit = unit;
    this.goal = goal;
    this.meaning = meaning;
  }

  String id() {
    return id;
  }

  String unit() {
    return unit;
  }

  Optional<Goal> goal() {
    return Optional.ofNullable(goal);
  }

  String meaning() {
    return meaning;
  }
}
