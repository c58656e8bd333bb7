package io.gantry.commands;

import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.record.Namespaces;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;

/** What a verb means where nothing is said. */
public final class Defaults {
  public static final String SNAPSHOTTER = "overlayfs";

  private Defaults() {}

  /** The option of verbs that are about the snapshots of one driver. */
  public static Syntax snapshotter(Syntax syntax) {
    return syntax.option("--snapshotter", "", "NAME", "Snapshot driver (default: of the namespace's label, else " + SNAPSHOTTER + ")",
        "snapshotter");
  }

  /** The value of that option; where it is not given, of the namespace's label. */
  public static String snapshotter(Args args, Namespaces namespaces, Unpacker unpacker) throws IOException {
    return DefaultDriver.snapshotter(namespaces, unpacker, SNAPSHOTTER).of(args.scope(), args.get("--snapshotter", ""));
  }
}
