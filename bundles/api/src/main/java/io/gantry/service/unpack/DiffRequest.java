package io.gantry.service.unpack;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * How a layer of changes is to be written.
 *
 * @param mediaType of the layer; how it is compressed follows from it
 * @param ref of the write that brings the blob; empty for one of its own. What is there of a write is begun anew
 * @param labels of the blob
 * @param sourceDateEpoch no time in the layer is later, so that it is the same whenever its files were written
 */
public record DiffRequest(String mediaType, Optional<String> ref, Map<String, String> labels, Optional<Instant> sourceDateEpoch) {
  /** Of the type of a layer compressed by gzip. */
  public static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";

  public DiffRequest {
    labels = Map.copyOf(labels);
  }

  /** Gzip, with no labels but what the layer's own are. */
  public static DiffRequest defaults() {
    return new DiffRequest(GZIP, Optional.empty(), Map.of(), Optional.empty());
  }
}
