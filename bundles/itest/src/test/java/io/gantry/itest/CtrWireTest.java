package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.diff.DiffGrpc;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.tasks.TasksGrpc;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The same of what {@code ctr} has no command for: calls of a client of our own to both. */
class CtrWireTest extends CtrWorld {
  /** Those of containerd 1.6. */
  private static final List<ServiceDescriptor> SERVICES = List.of(ContainersGrpc.getServiceDescriptor(), ContentGrpc.getServiceDescriptor(),
      DiffGrpc.getServiceDescriptor(), EventsGrpc.getServiceDescriptor(), ImagesGrpc.getServiceDescriptor(),
      IntrospectionGrpc.getServiceDescriptor(), LeasesGrpc.getServiceDescriptor(), NamespacesGrpc.getServiceDescriptor(),
      SnapshotsGrpc.getServiceDescriptor(), TasksGrpc.getServiceDescriptor(), VersionGrpc.getServiceDescriptor());

  private static Map<String, String> codes(ManagedChannel channel, byte[] message) throws Exception {
    var codes = new TreeMap<String, String>();
    for (ServiceDescriptor s : SERVICES) {
      for (MethodDescriptor<?, ?> m : s.getMethods()) {
        codes.put(m.getFullMethodName(), ApiClient.send(channel, m, message).getCode().toString());
      }
    }
    return codes;
  }

  @Test
  void whatIsNoMessageIsRefusedAsThere() throws Exception {
    byte[] cut = {0x0a, 0x7f, 1}; // a field of 127 bytes, of which one came
    byte[] unknown = {0x0f, 1, 2, 3}; // field 1 of a wire type that there is not
    try (var ours = new ApiClient(ours().socket()); var theirs = new ApiClient(containerd.socket())) {
      for (byte[] message : List.of(cut, unknown)) {
        Map<String, String> wanted = codes(theirs.connect(), message);
        wanted.values().removeIf("UNIMPLEMENTED"::equals); // of newer ones
        Map<String, String> found = codes(ours.connect(), message);
        found.keySet().retainAll(wanted.keySet());
        assertEquals(wanted, found);
      }
    }
  }
}
