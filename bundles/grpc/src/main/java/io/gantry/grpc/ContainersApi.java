package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.oci.filter.Fields;
import io.gantry.oci.filter.Filter;
import io.gantry.service.record.Containers;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.Tasks;
import io.gantry.wire.containers.Container;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.containers.CreateContainerRequest;
import io.gantry.wire.containers.CreateContainerResponse;
import io.gantry.wire.containers.DeleteContainerRequest;
import io.gantry.wire.containers.GetContainerRequest;
import io.gantry.wire.containers.GetContainerResponse;
import io.gantry.wire.containers.ListContainerMessage;
import io.gantry.wire.containers.ListContainersRequest;
import io.gantry.wire.containers.ListContainersResponse;
import io.gantry.wire.containers.UpdateContainerRequest;
import io.gantry.wire.containers.UpdateContainerResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Records of containers; their spec, options and extensions are bytes that pass through. */
final class ContainersApi extends ContainersGrpc.ContainersImplBase {
  private final Containers containers;
  private final Tasks tasks;
  private final TaskProcesses processes;

  ContainersApi(Containers containers, Tasks tasks, TaskProcesses processes) {
    this.containers = containers;
    this.tasks = tasks;
    this.processes = processes;
  }

  @Override
  public void get(GetContainerRequest request, StreamObserver<GetContainerResponse> out) {
    Calls.unary(out, () -> containers.recent(Calls.scope(), request.getId()).map(ContainersApi::got),
        () -> got(containers.get(Calls.scope(),
        request.getId())));
  }

  private static GetContainerResponse got(io.gantry.service.record.Container container) {
    return GetContainerResponse.newBuilder().setContainer(wire(container)).build();
  }

  @Override
  public void list(ListContainersRequest request, StreamObserver<ListContainersResponse> out) {
    Calls.unary(out, () -> {
      var answer = ListContainersResponse.newBuilder();
      each(Calls.scope(), request, answer::addContainers);
      return answer.build();
    });
  }

  @Override
  public void listStream(ListContainersRequest request, StreamObserver<ListContainerMessage> out) {
    Outflow.start(out, "api-containers-list",
        to -> each(Calls.scope(), request, c -> to.send(ListContainerMessage.newBuilder().setContainer(c).build())));
  }

  private void each(Scope scope, ListContainersRequest request, Pages.To<Container> to) throws IOException, InterruptedException {
    Filter filter = Filter.parse(request.getFiltersList());
    Pages.each((after, max) -> containers.list(scope, after, max), io.gantry.service.record.Container::id,
        c -> filter.matches(path -> field(c, path)), c -> to.take(wire(c)));
  }

  private static Optional<String> field(io.gantry.service.record.Container c, List<String> path) {
    return switch (path.getFirst()) {
      case "id" -> Optional.of(c.id());
      case "image" -> Optional.of(c.image());
      case "runtime" -> path.size() == 2 && path.get(1).equals("name") ? Optional.of(c.runtime()) : Optional.empty();
      case "snapshotter" -> Optional.of(c.snapshotter());
      case "labels" -> Fields.label(c.labels(), path);
      default -> Optional.empty();
    };
  }

  @Override
  public void create(CreateContainerRequest request, StreamObserver<CreateContainerResponse> out) {
    Calls.unary(out, () -> {
      Container c = request.getContainer();
      if (c.getRuntime().getName().isEmpty()) throw invalid("container.Runtime.Name must be set");
      if (!c.hasSpec()) throw invalid("container.Spec must be set");
      return CreateContainerResponse.newBuilder().setContainer(wire(containers.create(Calls.scope(), of(c)))).build();
    });
  }

  private static RuntimeException invalid(String message) {
    return Statuses.error(Status.INVALID_ARGUMENT, "invalid argument", message);
  }

  @Override
  public void update(UpdateContainerRequest request, StreamObserver<UpdateContainerResponse> out) {
    Calls.unary(out, () -> {
      var updated = containers.update(Calls.scope(), of(request.getContainer()), request.getUpdateMask().getPathsList());
      return UpdateContainerResponse.newBuilder().setContainer(wire(updated)).build();
    });
  }

  @Override
  public void delete(DeleteContainerRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      try {
        containers.get(scope, request.getId());
      } catch (CorruptException damaged) {
        tasks.delete(scope, request.getId(), false); // what it runs nobody can look for by its record: where it runs, it stays
        return Empty.getDefaultInstance();
      }
      processes.removeLog(scope, request.getId()); // before the record, or another one of this id could have it
      containers.remove(scope, request.getId());
      return Empty.getDefaultInstance();
    });
  }

  private static io.gantry.service.record.Container of(Container c) {
    Map<String, Typed> extensions = new HashMap<>();
    c.getExtensionsMap().forEach((name, any) -> extensions.put(name, Anys.of(any)));
    Optional<Typed> options = c.getRuntime().hasOptions() ? Optional.of(Anys.of(c.getRuntime().getOptions())) : Optional.empty();
    return new io.gantry.service.record.Container(c.getId(), c.getImage(), c.getRuntime().getName(), options, Anys.of(c.getSpec()),
        c.getSnapshotter(), c.getSnapshotKey(), extensions, c.getSandbox(), c.getLabelsMap(), Instant.EPOCH, Instant.EPOCH, 0);
  }

  private static Container wire(io.gantry.service.record.Container c) {
    var runtime = Container.Runtime.newBuilder().setName(c.runtime());
    c.runtimeOptions().ifPresent(o -> runtime.setOptions(Anys.wire(o)));
    Map<String, Any> extensions = new HashMap<>();
    c.extensions().forEach((name, typed) -> extensions.put(name, Anys.wire(typed)));
    return Container.newBuilder().setId(c.id()).putAllLabels(c.labels()).setImage(c.image()).setRuntime(runtime)
        .setSpec(Anys.wire(c.spec())).setSnapshotter(c.snapshotter()).setSnapshotKey(c.snapshotKey())
        .setCreatedAt(Times.of(c.created())).setUpdatedAt(Times.of(c.updated())).putAllExtensions(extensions).setSandbox(c.sandbox())
        .build();
  }
}
