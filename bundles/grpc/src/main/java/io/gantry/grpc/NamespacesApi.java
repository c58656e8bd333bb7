package io.gantry.grpc;

import com.google.protobuf.Empty;
import io.gantry.api.CorruptException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Namespaces;
import io.gantry.wire.namespaces.CreateNamespaceRequest;
import io.gantry.wire.namespaces.CreateNamespaceResponse;
import io.gantry.wire.namespaces.DeleteNamespaceRequest;
import io.gantry.wire.namespaces.GetNamespaceRequest;
import io.gantry.wire.namespaces.GetNamespaceResponse;
import io.gantry.wire.namespaces.ListNamespacesRequest;
import io.gantry.wire.namespaces.ListNamespacesResponse;
import io.gantry.wire.namespaces.Namespace;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.namespaces.UpdateNamespaceRequest;
import io.gantry.wire.namespaces.UpdateNamespaceResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Namespaces; these calls need name none. */
final class NamespacesApi extends NamespacesGrpc.NamespacesImplBase {
  private final Namespaces namespaces;

  NamespacesApi(Namespaces namespaces) {
    this.namespaces = namespaces;
  }

  @Override
  public void get(GetNamespaceRequest request, StreamObserver<GetNamespaceResponse> out) {
    Calls.unary(out, () -> GetNamespaceResponse.newBuilder().setNamespace(wire(namespaces.get(Calls.anywhere(), request.getName())))
        .build());
  }

  @Override
  public void list(ListNamespacesRequest request, StreamObserver<ListNamespacesResponse> out) {
    Calls.unary(out, () -> {
      var scope = Calls.anywhere();
      var answer = ListNamespacesResponse.newBuilder();
      for (String name : namespaces.list(scope)) {
        answer.addNamespaces(Namespace.newBuilder().setName(name).putAllLabels(labels(scope, name)));
      }
      return answer.build();
    });
  }

  /** One whose record is damaged is there, and a list has no place to say more; whoever gets it alone is told. */
  private Map<String, String> labels(Scope scope, String name) throws IOException {
    try {
      return namespaces.labels(scope, name);
    } catch (CorruptException e) {
      return Map.of();
    }
  }

  @Override
  public void create(CreateNamespaceRequest request, StreamObserver<CreateNamespaceResponse> out) {
    Calls.unary(out, () -> {
      Namespace n = request.getNamespace();
      var made = namespaces.create(Calls.anywhere(), n.getName(), n.getLabelsMap());
      return CreateNamespaceResponse.newBuilder().setNamespace(wire(made)).build();
    });
  }

  /** One that is not there is made, as containerd does. */
  @Override
  public void update(UpdateNamespaceRequest request, StreamObserver<UpdateNamespaceResponse> out) {
    Calls.unary(out, () -> {
      Namespace n = request.getNamespace();
      return UpdateNamespaceResponse.newBuilder().setNamespace(wire(updated(n, request.getUpdateMask().getPathsList()))).build();
    });
  }

  private io.gantry.service.record.Namespace updated(Namespace n, List<String> mask) throws IOException {
    try {
      return namespaces.update(Calls.anywhere(), n.getName(), n.getLabelsMap(), mask);
    } catch (NotFoundException e) {
      return namespaces.create(Calls.anywhere(), n.getName(), n.getLabelsMap());
    }
  }

  @Override
  public void delete(DeleteNamespaceRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      namespaces.remove(Calls.anywhere(), request.getName());
      return Empty.getDefaultInstance();
    });
  }

  private static Namespace wire(io.gantry.service.record.Namespace n) {
    return Namespace.newBuilder().setName(n.name()).putAllLabels(n.labels()).build();
  }
}
