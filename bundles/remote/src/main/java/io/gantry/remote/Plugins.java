package io.gantry.remote;

import com.google.rpc.Code;
import io.gantry.api.Scope;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.introspection.Plugin;
import io.gantry.wire.introspection.PluginsRequest;
import java.io.IOException;
import java.util.List;

/** What the other manager says it is made of. */
final class Plugins {
  private final Link link;

  Plugins(Link link) {
    this.link = link;
  }

  /** Whether it is one that keeps logs of containers, which no containerd does. */
  boolean keepsLogs(Scope scope) throws IOException {
    var request = PluginsRequest.newBuilder().addFilters("type==io.gantry.log.v1").build();
    return link.call(scope, IntrospectionGrpc.getPluginsMethod(), request).getPluginsCount() > 0;
  }

  /** Those that work, and those whose driver is away for a time. */
  List<Plugin> snapshotters(Scope scope) throws IOException {
    var request = PluginsRequest.newBuilder().addFilters("type==io.containerd.snapshotter.v1").build();
    return link.call(scope, IntrospectionGrpc.getPluginsMethod(), request).getPluginsList().stream()
        .filter(p -> !p.hasInitErr() || p.getInitErr().getCode() == Code.UNAVAILABLE_VALUE).toList();
  }
}
