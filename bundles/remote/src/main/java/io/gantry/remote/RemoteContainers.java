package io.gantry.remote;

import com.google.protobuf.Any;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.containers.CreateContainerRequest;
import io.gantry.wire.containers.DeleteContainerRequest;
import io.gantry.wire.containers.GetContainerRequest;
import io.gantry.wire.containers.ListContainersRequest;
import io.gantry.wire.containers.UpdateContainerRequest;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Records of containers of the other manager. The wire has no revisions: they are 0, and nothing can be compared with them. */
final class RemoteContainers implements Containers {
  private final Link link;

  RemoteContainers(Link link) {
    this.link = link;
  }

  @Override
  public Container create(Scope scope, Container container) throws IOException {
    var request = CreateContainerRequest.newBuilder().setContainer(wire(container)).build();
    return of(link.call(scope, ContainersGrpc.getCreateMethod(), request).getContainer());
  }

  @Override
  public Container get(Scope scope, String id) throws IOException {
    return of(link.call(scope, ContainersGrpc.getGetMethod(), GetContainerRequest.newBuilder().setId(id).build()).getContainer());
  }

  /** Nothing is known here that was not asked for. */
  @Override
  public Optional<Container> recent(Scope scope, String id) {
    return Optional.empty();
  }

  @Override
  public Optional<Container> find(Scope scope, String id) throws IOException {
    try {
      return Optional.of(get(scope, id));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<Container> list(Scope scope, String after, int max) throws IOException {
    var page = new Page<Container>(after, max);
    try (var all = link.stream(scope, ContainersGrpc.getListStreamMethod(), ListContainersRequest.getDefaultInstance())) {
      for (var next = all.next(); next.isPresent(); next = all.next()) {
        Container c = of(next.get().getContainer());
        page.add(c.id(), c);
      }
    }
    return page.list();
  }

  @Override
  public Container update(Scope scope, Container container) throws IOException {
    throw Unwired.call("an update of container '" + container.id() + "' if nobody changed it meanwhile (one with a mask can)");
  }

  @Override
  public Container update(Scope scope, Container container, List<String> mask) throws IOException {
    var request = UpdateContainerRequest.newBuilder().setContainer(wire(container)).setUpdateMask(Messages.mask(mask)).build();
    return of(link.call(scope, ContainersGrpc.getUpdateMethod(), request).getContainer());
  }

  @Override
  public Container label(Scope scope, String id, Map<String, String> changes) throws IOException {
    if (changes.isEmpty()) return get(scope, id);
    var container = io.gantry.wire.containers.Container.newBuilder().setId(id).putAllLabels(changes);
    var request = UpdateContainerRequest.newBuilder().setContainer(container).setUpdateMask(Messages.mask(Messages.paths(changes))).build();
    return of(link.call(scope, ContainersGrpc.getUpdateMethod(), request).getContainer());
  }

  @Override
  public void remove(Scope scope, String id) throws IOException {
    link.call(scope, ContainersGrpc.getDeleteMethod(), DeleteContainerRequest.newBuilder().setId(id).build());
  }

  private static Container of(io.gantry.wire.containers.Container c) {
    Map<String, Typed> extensions = new HashMap<>();
    c.getExtensionsMap().forEach((name, any) -> extensions.put(name, Messages.typed(any)));
    Optional<Typed> options = c.getRuntime().hasOptions() ? Optional.of(Messages.typed(c.getRuntime().getOptions())) : Optional.empty();
    return new Container(c.getId(), c.getImage(), c.getRuntime().getName(), options, Messages.typed(c.getSpec()), c.getSnapshotter(),
        c.getSnapshotKey(), extensions, c.getSandbox(), Messages.labels(c.getLabelsMap()), Messages.time(c.getCreatedAt()),
        Messages.time(c.getUpdatedAt()), 0);
  }

  private static io.gantry.wire.containers.Container wire(Container c) {
    var runtime = io.gantry.wire.containers.Container.Runtime.newBuilder().setName(c.runtime());
    c.runtimeOptions().ifPresent(o -> runtime.setOptions(Messages.wire(o)));
    Map<String, Any> extensions = new HashMap<>();
    c.extensions().forEach((name, typed) -> extensions.put(name, Messages.wire(typed)));
    return io.gantry.wire.containers.Container.newBuilder().setId(c.id()).putAllLabels(c.labels()).setImage(c.image()).setRuntime(runtime)
        .setSpec(Messages.wire(c.spec())).setSnapshotter(c.snapshotter()).setSnapshotKey(c.snapshotKey()).putAllExtensions(extensions)
        .setSandbox(c.sandbox()).build();
  }
}
