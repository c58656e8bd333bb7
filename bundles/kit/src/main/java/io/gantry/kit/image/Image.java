package io.gantry.kit.image;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import java.util.ArrayList;
import java.util.List;

/**
 * A finished image.
 *
 * @param platform what it is for
 * @param manifest its manifest
 * @param config its configuration
 * @param layers the lowest first
 */
public record Image(Platform platform, Blob manifest, Blob config, List<Layer> layers) implements Artifact {
  public Image {
    layers = List.copyOf(layers);
  }

  @Override
  public Descriptor descriptor() {
    return manifest.descriptor();
  }

  @Override
  public List<Blob> blobs() {
    List<Blob> all = new ArrayList<>();
    for (Layer l : layers) all.add(new Blob(Descriptor.of("application/octet-stream", l.digest(), l.blob().length), l.blob()));
    all.add(config);
    all.add(manifest);
    return all;
  }

  public List<Digest> diffIds() {
    return layers.stream().map(Layer::diffId).toList();
  }
}
