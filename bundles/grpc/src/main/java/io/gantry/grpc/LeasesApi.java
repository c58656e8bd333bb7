package io.gantry.grpc;

import com.google.protobuf.Empty;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.filter.Fields;
import io.gantry.oci.filter.Filter;
import io.gantry.service.record.Leases;
import io.gantry.wire.leases.AddResourceRequest;
import io.gantry.wire.leases.CreateRequest;
import io.gantry.wire.leases.CreateResponse;
import io.gantry.wire.leases.DeleteRequest;
import io.gantry.wire.leases.DeleteResourceRequest;
import io.gantry.wire.leases.Lease;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListRequest;
import io.gantry.wire.leases.ListResourcesRequest;
import io.gantry.wire.leases.ListResourcesResponse;
import io.gantry.wire.leases.ListResponse;
import io.gantry.wire.leases.Resource;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Leases and what they hold. */
final class LeasesApi extends LeasesGrpc.LeasesImplBase {
  private static final Set<String> TYPES = Set.of("content", "images", "ingests", "snapshots");
  private final Leases leases;
  private final Collecting collecting;

  LeasesApi(Leases leases, Collecting collecting) {
    this.leases = leases;
    this.collecting = collecting;
  }

  @Override
  public void create(CreateRequest request, StreamObserver<CreateResponse> out) {
    Calls.unary(out, () -> {
      var made = leases.create(Calls.scope(), request.getId(), request.getLabelsMap());
      return CreateResponse.newBuilder().setLease(wire(made)).build();
    });
  }

  /** What it held goes with a collection, for which {@code sync} waits. */
  @Override
  public void delete(DeleteRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      leases.remove(scope, request.getId());
      if (request.getSync()) collecting.now(scope);
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public void list(ListRequest request, StreamObserver<ListResponse> out) {
    Calls.unary(out, () -> {
      Filter filter = Filter.parse(request.getFiltersList());
      List<Lease> wanted = leases.list(Calls.scope()).stream().filter(l -> filter.matches(path -> field(l, path))).map(LeasesApi::wire)
          .toList();
      return ListResponse.newBuilder().addAllLeases(wanted).build();
    });
  }

  private static Optional<String> field(io.gantry.service.record.Lease l, List<String> path) {
    return switch (path.getFirst()) {
      case "id" -> Optional.of(l.id());
      case "labels" -> Fields.label(l.labels(), path);
      default -> Optional.empty();
    };
  }

  @Override
  public void addResource(AddResourceRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      leases.add(scope, request.getId(), supported(scope, request.getId(), request.getResource()));
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public void deleteResource(DeleteResourceRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      leases.release(scope, request.getId(), supported(scope, request.getId(), request.getResource()));
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public void listResources(ListResourcesRequest request, StreamObserver<ListResourcesResponse> out) {
    Calls.unary(out, () -> {
      var answer = ListResourcesResponse.newBuilder();
      for (var r : leases.resources(Calls.scope(), request.getId())) {
        answer.addResources(Resource.newBuilder().setType(r.kind()).setId(r.id()));
      }
      return answer.build();
    });
  }

  /**
   * A resource of a type that there is.
   *
   * @throws io.gantry.api.NotFoundException no such lease
   * @throws UnsupportedException no such type
   */
  private io.gantry.service.record.Lease.Resource supported(Scope scope, String lease, Resource r) throws IOException {
    if (!TYPES.contains(r.getType().split("/", 2)[0])) {
      leases.resources(scope, lease); // a lease that is not there is told before
      throw new UnsupportedException("resource type " + r.getType() + " not supported yet");
    }
    return new io.gantry.service.record.Lease.Resource(r.getType(), r.getId());
  }

  private static Lease wire(io.gantry.service.record.Lease l) {
    return Lease.newBuilder().setId(l.id()).setCreatedAt(Times.of(l.created())).putAllLabels(l.labels()).build();
  }
}
