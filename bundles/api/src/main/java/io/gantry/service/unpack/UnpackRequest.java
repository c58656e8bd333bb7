package io.gantry.service.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.util.List;

/**
 * Layers to unpack.
 *
 * @param snapshotter name of the snapshot driver
 * @param layers from the bottom up; digest and size as compressed
 * @param diffIds digests of the uncompressed layers, as the image's config has them; as many as layers
 * @param refs refs of the writes that bring the layers' bytes, as many as layers; a layer's bytes may be committed already
 */
public record UnpackRequest(String snapshotter, List<Descriptor> layers, List<Digest> diffIds, List<String> refs) {
  public UnpackRequest {
    layers = List.copyOf(layers);
    diffIds = List.copyOf(diffIds);
    refs = List.copyOf(refs);
    if (layers.size() != diffIds.size() || layers.size() != refs.size()) {
      throw new IllegalArgumentException("the image has " + layers.size() + " layers and " + diffIds.size() + " diff ids");
    }
  }
}
