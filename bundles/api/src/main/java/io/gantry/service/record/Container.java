package io.gantry.service.record;

import io.gantry.api.Typed;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A container as a record; whether it runs is a task's business.
 *
 * @param id unique in the namespace
 * @param image name of the image; empty where none
 * @param runtime name of the runtime driver
 * @param runtimeOptions opaque to us
 * @param spec the OCI runtime document, opaque bytes
 * @param snapshotter name of the snapshot driver
 * @param snapshotKey key of its writable snapshot
 * @param extensions opaque, by name
 * @param sandbox id of the sandbox it is in; empty where none
 * @param revision for compare-and-set
 */
public record Container(
    String id, String image, String runtime, Optional<Typed> runtimeOptions, Typed spec, String snapshotter, String snapshotKey,
    Map<String, Typed> extensions, String sandbox, Map<String, String> labels, Instant created, Instant updated, long revision) {
  public Container {
    extensions = Map.copyOf(extensions);
    labels = Map.copyOf(labels);
  }

  /** One in no sandbox. */
  public Container(
      String id, String image, String runtime, Optional<Typed> runtimeOptions, Typed spec, String snapshotter, String snapshotKey,
      Map<String, Typed> extensions, Map<String, String> labels, Instant created, Instant updated, long revision) {
    this(id, image, runtime, runtimeOptions, spec, snapshotter, snapshotKey, extensions, "", labels, created, updated, revision);
  }
}
