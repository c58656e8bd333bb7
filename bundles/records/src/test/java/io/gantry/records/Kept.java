package io.gantry.records;

import io.gantry.api.Scope;
import io.gantry.kit.world.Components;
import io.gantry.kit.world.Told;
import io.gantry.metadata.mapdb.MapDbComponent;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** All records over the real metadata store. */
final class Kept implements Closeable {
  static final Scope SCOPE = Scope.root();
  static final Scope OTHER = SCOPE.withNamespace("other");
  final Components parts;
  final TableService table;
  final Told told;
  final ImageRecords images;
  final ContainerRecords containers;
  final LeaseRecords leases;
  final NamespaceRecords namespaces;

  Kept(Path root) throws IOException {
    parts = new Components(root);
    openStore();
    told = parts.add(new Told());
    table = parts.start(TableService.class, Map.of());
    images = parts.start(ImageRecords.class, Map.of());
    containers = parts.start(ContainerRecords.class, Map.of());
    leases = parts.start(LeaseRecords.class, Map.of());
    namespaces = parts.start(NamespaceRecords.class, Map.of());
  }

  /** Another instance of the store over the same folder. */
  void openStore() throws IOException {
    parts.driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
