package io.gantry.gc;

import io.gantry.service.record.Lease.Resource;
import java.util.Optional;

/**
 * Something that refers or is referred to.
 *
 * @param id digest, {@code SNAPSHOTTER/KEY}, name of an image, or id of a container
 */
record Thing(Kind kind, String namespace, String id) {
  /** What things there are, in the order of their tables. */
  enum Kind {
    IMAGE("image"), CONTAINER("container"), CONTENT("content"), SNAPSHOT("snapshot");

    private final String table;

    Kind(String table) {
      this.table = table;
    }

    String table() {
      return table;
    }

    static Optional<Kind> of(String table) {
      for (Kind k : values()) if (k.table.equals(table)) return Optional.of(k);
      return Optional.empty();
    }
  }

  static Thing content(String namespace, String digest) {
    return new Thing(Kind.CONTENT, namespace, digest);
  }

  static Thing snapshot(String namespace, String snapshotter, String key) {
    return new Thing(Kind.SNAPSHOT, namespace, snapshotter + "/" + key);
  }

  static Thing image(String namespace, String name) {
    return new Thing(Kind.IMAGE, namespace, name);
  }

  static Thing container(String namespace, String id) {
    return new Thing(Kind.CONTAINER, namespace, id);
  }

  /** What a lease holds; empty for an unfinished write, which refers to nothing and is looked after elsewhere. */
  static Optional<Thing> of(String namespace, Resource resource) {
    return switch (resource.kind()) {
      case "content" -> Optional.of(content(namespace, resource.id()));
      case "images" -> Optional.of(image(namespace, resource.id()));
      case "ingests" -> Optional.empty();
      default -> Optional.of(snapshot(namespace, resource.kind().substring("snapshots/".length()), resource.id()));
    };
  }
}
