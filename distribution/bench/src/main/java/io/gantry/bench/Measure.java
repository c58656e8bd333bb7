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
  IDLE_PSS("idle-memory-own", "MB", null, "the same without what it shares with others"),
  CONTENT_WRITE("content-write", "s", null, "write 1 GiB by ctr"),
  CONTENT_WRITE_CPU("content-write-cpu", "s", new Goal.Ratio(0.7), "the daemon's processor time for that"),
  CONTENT_READ("content-read", "s", null, "read 1 GiB by ctr"),
  CONTENT_READ_CPU("content-read-cpu", "s", new Goal.Ratio(0.7), "the daemon's processor time for that"),
  OWN_WRITE("own-write", "s", new Goal.Ratio(0.5), "write 1 GiB by the Java client, beside ctr and containerd"),
  OWN_READ("own-read", "s", new Goal.Ratio(0.5), "read 1 GiB by the Java client, beside ctr and containerd"),
  CTR_PULL("ctr-pull", "s", null, "pull of a large image by ctr, which fetches itself"),
  UNARY("unary", "s", new Goal.Ratio(2), "1,000 calls for an image's record, one after the other, by the Java client"),
  COLLECT("collect", "s", null, "collection of 10,000 blobs whose lease went");

  /** Those of the API, which ask every daemon by the same clients. */
  static final Measure[] API = {CONTENT_WRITE, CONTENT_WRITE_CPU, CONTENT_READ, CONTENT_READ_CPU, OWN_WRITE, OWN_READ, CTR_PULL, UNARY,
      COLLECT};

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
