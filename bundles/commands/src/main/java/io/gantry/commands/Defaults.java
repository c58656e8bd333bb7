package io.gantry.commands;

/** What a verb means where nothing is said. */
public final class Defaults {
  public static final String SNAPSHOTTER = "overlayfs";

  private Defaults() {}

  /** The option of verbs that are about the snapshots of one driver. */
  public static Syntax snapshotter(Syntax syntax) {
    return syntax.option("--snapshotter", "", "NAME", "Snapshot driver (default: " + SNAPSHOTTER + ")", "snapshotter");
  }

  /** The value of that option. */
  public static String snapshotter(Args args) {
    return args.get("--snapshotter", SNAPSHOTTER);
  }
}
