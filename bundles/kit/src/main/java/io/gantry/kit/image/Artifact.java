package io.gantry.kit.image;

import io.gantry.api.Descriptor;
import java.util.List;

/** What can be stored in a layout or pushed to a registry: an image or an index of images. */
public interface Artifact {
  /** Names the whole. */
  Descriptor descriptor();

  /** All its bytes, those that are pointed to before those that point; the last is the whole's document. */
  List<Blob> blobs();

  /** Bytes of all documents and layers. */
  default long size() {
    return blobs().stream().mapToLong(b -> b.bytes().length).sum();
  }
}
