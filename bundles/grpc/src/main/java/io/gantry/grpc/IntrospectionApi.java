package io.gantry.grpc;

import com.google.protobuf.Empty;
import io.gantry.api.NotFoundException;
import io.gantry.oci.filter.Filter;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.introspection.Plugin;
import io.gantry.wire.introspection.PluginInfoRequest;
import io.gantry.wire.introspection.PluginInfoResponse;
import io.gantry.wire.introspection.PluginsRequest;
import io.gantry.wire.introspection.PluginsResponse;
import io.gantry.wire.introspection.ServerResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What this manager consists of. */
final class IntrospectionApi extends IntrospectionGrpc.IntrospectionImplBase {
  private final Plugins plugins;
  private final String uuid;

  /** @param uuid of this manager's root folder, the same over restarts */
  IntrospectionApi(Plugins plugins, String uuid) {
    this.plugins = plugins;
    this.uuid = uuid;
  }

  @Override
  public void plugins(PluginsRequest request, StreamObserver<PluginsResponse> out) {
    Calls.unary(out, () -> {
      Filter filter = Filter.parse(request.getFiltersList());
      List<Plugin> all = plugins.list(Calls.anywhere()).stream().filter(p -> filter.matches(path -> field(p, path))).toList();
      return PluginsResponse.newBuilder().addAllPlugins(all).build();
    });
  }

  private static Optional<String> field(Plugin p, List<String> path) {
    return switch (path.getFirst()) {
      case "type" -> Optional.of(p.getType());
      case "id" -> Optional.of(p.getId());
      case "platforms" -> joined(p.getPlatformsList().stream().map(f -> f.getOs() + "/" + f.getArchitecture()).toList());
      case "capabilities" -> joined(p.getCapabilitiesList());
      default -> Optional.empty();
    };
  }

  private static Optional<String> joined(List<String> several) {
    return several.isEmpty() ? Optional.empty() : Optional.of(String.join(",", several));
  }

  @Override
  public void server(Empty request, StreamObserver<ServerResponse> out) {
    Calls.unary(out, () -> ServerResponse.newBuilder().setUuid(uuid).setPid(ProcessHandle.current().pid()).setPidns(pidNamespace())
        .build());
  }

  /** Its number, as {@code readlink /proc/self/ns/pid} tells it in brackets. */
  private static long pidNamespace() throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
    return Long.parseLong(link.substring(link.indexOf('[') + 1, link.indexOf(']')));
  }

  @Override
  public void pluginInfo(PluginInfoRequest request, StreamObserver<PluginInfoResponse> out) {
    Calls.unary(out, () -> {
      Plugin found = plugins.list(Calls.anywhere()).stream()
          .filter(p -> p.getType().equals(request.getType()) && p.getId().equals(request.getId())).findFirst()
          .orElseThrow(() -> new NotFoundException("plugin " + request.getType() + " '" + request.getId() + "'"));
      return PluginInfoResponse.newBuilder().setPlugin(found).build();
    });
  }
}
