package io.gantry.remote;

import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Namespace;
import io.gantry.service.record.Namespaces;
import io.gantry.wire.namespaces.CreateNamespaceRequest;
import io.gantry.wire.namespaces.DeleteNamespaceRequest;
import io.gantry.wire.namespaces.GetNamespaceRequest;
import io.gantry.wire.namespaces.ListNamespacesRequest;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.namespaces.UpdateNamespaceRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Namespaces of the other manager. The wire has no revisions: they are 0. */
final class RemoteNamespaces implements Namespaces {
  private final Link link;

  RemoteNamespaces(Link link) {
    this.link = link;
  }

  @Override
  public List<String> list(Scope scope) throws IOException {
    return link.call(scope, NamespacesGrpc.getListMethod(), ListNamespacesRequest.getDefaultInstance()).getNamespacesList().stream()
        .map(io.gantry.wire.namespaces.Namespace::getName).sorted().toList();
  }

  @Override
  public Namespace get(Scope scope, String namespace) throws IOException {
    var request = GetNamespaceRequest.newBuilder().setName(namespace).build();
    Namespace n = of(link.call(scope, NamespacesGrpc.getGetMethod(), request).getNamespace());
    if (n.labels().isEmpty() && !list(scope).contains(namespace)) { // containerd answers for one that is not there, too
      throw new NotFoundException("namespace '" + namespace + "' is not there; namespace:list lists those that are");
    }
    return n;
  }

  @Override
  public Namespace create(Scope scope, String namespace, Map<String, String> labels) throws IOException {
    var request = CreateNamespaceRequest.newBuilder().setNamespace(wire(namespace, labels)).build();
    return of(link.call(scope, NamespacesGrpc.getCreateMethod(), request).getNamespace());
  }

  @Override
  public Map<String, String> labels(Scope scope, String namespace) throws IOException {
    try {
      return get(scope, namespace).labels();
    } catch (NotFoundException e) {
      return Map.of();
    }
  }

  /** Servers make it where it is not there. */
  @Override
  public void label(Scope scope, String namespace, Map<String, String> changes) throws IOException {
    if (changes.isEmpty()) {
      try {
        create(scope, namespace, Map.of());
      } catch (io.gantry.api.AlreadyExistsException e) {
        return; // as it is to be
      }
      return;
    }
    updated(scope, namespace, changes, Messages.paths(changes));
  }

  @Override
  public Namespace update(Scope scope, String namespace, Map<String, String> labels, List<String> mask) throws IOException {
    for (String path : mask) {
      if (!path.equals("labels") && !path.startsWith("labels.")) {
        throw new InvalidException("update namespace '" + namespace + "': '" + path + "' is neither labels nor labels.KEY");
      }
    }
    get(scope, namespace); // what is not there would be made
    return updated(scope, namespace, labels, mask.contains("labels") ? List.of() : mask); // containerd knows no path for all of them
  }

  private Namespace updated(Scope scope, String namespace, Map<String, String> labels, List<String> mask) throws IOException {
    var request = UpdateNamespaceRequest.newBuilder().setNamespace(wire(namespace, labels)).setUpdateMask(Messages.mask(mask)).build();
    link.call(scope, NamespacesGrpc.getUpdateMethod(), request);
    return get(scope, namespace); // containerd answers without the labels
  }

  @Override
  public void remove(Scope scope, String namespace) throws IOException {
    link.call(scope, NamespacesGrpc.getDeleteMethod(), DeleteNamespaceRequest.newBuilder().setName(namespace).build());
  }

  private static io.gantry.wire.namespaces.Namespace wire(String name, Map<String, String> labels) {
    return io.gantry.wire.namespaces.Namespace.newBuilder().setName(name).putAllLabels(labels).build();
  }

  private static Namespace of(io.gantry.wire.namespaces.Namespace n) {
    return new Namespace(n.getName(), Messages.labels(n.getLabelsMap()), 0);
  }
}
