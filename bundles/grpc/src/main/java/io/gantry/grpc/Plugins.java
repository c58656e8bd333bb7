package io.gantry.grpc;

import com.google.rpc.Code;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.wire.introspection.Plugin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Drivers and services by the names that clients look for them under; drivers come and go with their bundles. */
final class Plugins {
  /** Kinds of drivers as containerd names them; a kind that it does not have is ours. */
  private static final Map<String, String> TYPES = Map.of(
      "content", "io.containerd.content.v1", "snapshot", "io.containerd.snapshotter.v1", "metadata", "io.containerd.metadata.v1",
      "layer", "io.containerd.differ.v1", "runtime", "io.gantry.runtime.v1", "resolver", "io.gantry.resolver.v1");

  /** What clients expect in the place of a driver's name. */
  private static final Map<String, String> IDS = Map.of("content", "content", "layer", "walking");

  private static final List<String> SERVICES = List.of("introspection", "containers", "content", "diff", "images", "leases", "namespaces",
      "snapshots", "tasks");

  private final Drivers drivers;
  private final Path root;
  private final List<String> served;

  /** @param served short names of the services that this server has */
  Plugins(Drivers drivers, Path root, List<String> served) {
    this.drivers = drivers;
    this.root = root;
    this.served = served;
  }

  List<Plugin> list(Scope scope) {
    var all = new ArrayList<Plugin>();
    for (DriverState d : drivers.list(scope)) {
      if (d.state() != DriverState.State.DORMANT) all.add(driver(scope, d));
    }
    all.add(plain("io.containerd.event.v1", "exchange"));
    all.add(plain("io.containerd.gc.v1", "scheduler"));
    all.add(plain("io.containerd.runtime.v2", "task").toBuilder().addPlatforms(platform()).build());
    all.add(plain("io.containerd.streaming.v1", "manager"));
    all.add(plain("io.containerd.transfer.v1", "local").toBuilder().addPlatforms(platform()).build());
    all.add(plain("io.gantry.log.v1", "containers"));
    for (String s : SERVICES) all.add(plain("io.containerd.service.v1", s + "-service"));
    for (String s : served) all.add(plain("io.containerd.grpc.v1", s));
    return List.copyOf(all);
  }

  private Plugin driver(Scope scope, DriverState d) {
    DriverRef ref = d.ref();
    var plugin = Plugin.newBuilder().setType(TYPES.getOrDefault(ref.kind(), "io.gantry." + ref.kind() + ".v1"))
        .setId(IDS.getOrDefault(ref.kind(), ref.name())).putExports("root", root.resolve(ref.kind()).resolve(ref.name()).toString())
        .putExports("bundle", d.bundle() + " " + d.version());
    switch (ref.kind()) {
      // no "rebase": a client would apply layers with nothing below, where what a whiteout hides cannot be told
      case "snapshot", "layer" -> plugin.addPlatforms(platform());
      case "metadata" -> plugin.addRequires("io.containerd.content.v1")
          .addRequires("io.containerd.snapshotter.v1");
      default -> { }
    }
    if (d.state() == DriverState.State.FAILED || d.state() == DriverState.State.ABSENT) {
      String why = d.why().isEmpty() ? "driver " + ref + " is " + d.state() + " since " + d.since() : d.why();
      plugin.setInitErr(com.google.rpc.Status.newBuilder().setCode(Code.UNAVAILABLE_VALUE).setMessage(why));
    }
    return plugin.build();
  }

  private static Plugin plain(String type, String id) {
    return Plugin.newBuilder().setType(type).setId(id).build();
  }

  private static io.gantry.wire.types.Platform platform() {
    Platform host = Platform.host();
    return io.gantry.wire.types.Platform.newBuilder().setOs(host.os()).setArchitecture(host.architecture()).setVariant(host.variant())
        .build();
  }
}
