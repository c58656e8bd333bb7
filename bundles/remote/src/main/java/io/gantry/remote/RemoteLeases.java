package io.gantry.remote;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import io.gantry.wire.leases.AddResourceRequest;
import io.gantry.wire.leases.CreateRequest;
import io.gantry.wire.leases.DeleteRequest;
import io.gantry.wire.leases.DeleteResourceRequest;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListRequest;
import io.gantry.wire.leases.ListResourcesRequest;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Leases of the other manager. The wire has no revisions: they are 0. */
final class RemoteLeases implements Leases {
  private final Link link;

  RemoteLeases(Link link) {
    this.link = link;
  }

  /** containerd takes none without an id, so a new one is made here. */
  @Override
  public Lease create(Scope scope, String id, Map<String, String> labels) throws IOException {
    String name = id.isEmpty() ? UUID.randomUUID().toString() : id;
    return of(link.call(scope, LeasesGrpc.getCreateMethod(), CreateRequest.newBuilder().setId(name).putAllLabels(labels).build())
        .getLease());
  }

  @Override
  public Lease get(Scope scope, String id) throws IOException {
    return list(scope).stream().filter(l -> l.id().equals(id)).findFirst().orElseThrow(() -> new NotFoundException("lease '" + id
        + "' is not in namespace " + scope.namespace()));
  }

  @Override
  public List<Lease> list(Scope scope) throws IOException {
    return link.call(scope, LeasesGrpc.getListMethod(), ListRequest.getDefaultInstance()).getLeasesList().stream().map(RemoteLeases::of)
        .sorted(Comparator.comparing(Lease::id)).toList();
  }

  @Override
  public void remove(Scope scope, String id) throws IOException {
    link.call(scope, LeasesGrpc.getDeleteMethod(), DeleteRequest.newBuilder().setId(id).build());
  }

  @Override
  public void hold(Scope scope, String kind, String id) throws IOException {
    if (scope.lease().isPresent()) add(scope, scope.lease().get(), new Resource(kind, id));
  }

  @Override
  public void add(Scope scope, String lease, Resource resource) throws IOException {
    link.call(scope, LeasesGrpc.getAddResourceMethod(), AddResourceRequest.newBuilder().setId(lease).setResource(wire(resource)).build());
  }

  @Override
  public void release(Scope scope, String lease, Resource resource) throws IOException {
    var request = DeleteResourceRequest.newBuilder().setId(lease).setResource(wire(resource)).build();
    link.call(scope, LeasesGrpc.getDeleteResourceMethod(), request);
  }

  @Override
  public List<Resource> resources(Scope scope, String lease) throws IOException {
    var request = ListResourcesRequest.newBuilder().setId(lease).build();
    return link.call(scope, LeasesGrpc.getListResourcesMethod(), request).getResourcesList().stream()
        .map(r -> new Resource(r.getType(), r.getId())).sorted(Comparator.comparing(Resource::kind).thenComparing(Resource::id)).toList();
  }

  @Override
  public List<String> held(Scope scope, String lease) throws IOException {
    try {
      return resources(scope, lease).stream().map(Resource::toString).toList();
    } catch (NotFoundException e) {
      return List.of();
    }
  }

  private static io.gantry.wire.leases.Resource wire(Resource r) {
    return io.gantry.wire.leases.Resource.newBuilder().setType(r.kind()).setId(r.id()).build();
  }

  private static Lease of(io.gantry.wire.leases.Lease l) {
    return new Lease(l.getId(), Messages.labels(l.getLabelsMap()), Messages.time(l.getCreatedAt()), 0);
  }
}
