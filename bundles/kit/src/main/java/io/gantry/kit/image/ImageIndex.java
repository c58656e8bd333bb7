package io.gantry.kit.image;

import io.gantry.api.Descriptor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Images for several platforms under one digest.
 *
 * @param document the index itself
 * @param images those it points to
 */
public record ImageIndex(Blob document, List<Image> images) implements Artifact {
  public ImageIndex {
    images = List.copyOf(images);
  }

  public static ImageIndex of(ImageFormat format, List<Image> images) {
    List<Object> entries = new ArrayList<>();
    for (Image i : images) {
      Map<String, Object> e = ImageBuilder.document(i.descriptor());
      Map<String, Object> platform = new LinkedHashMap<>();
      platform.put("architecture", i.platform().architecture());
      platform.put("os", i.platform().os());
      if (!i.platform().variant().isEmpty()) platform.put("variant", i.platform().variant());
      e.put("platform", platform);
      entries.add(e);
    }
    Map<String, Object> doc = new LinkedHashMap<>();
    doc.put("schemaVersion", 2);
    doc.put("mediaType", format.index);
    doc.put("manifests", entries);
    return new ImageIndex(Blob.of(format.index, Json.bytes(doc)), images);
  }

  @Override
  public Descriptor descriptor() {
    return document.descriptor();
  }

  @Override
  public List<Blob> blobs() {
    List<Blob> all = new ArrayList<>();
    for (Image i : images) all.addAll(i.blobs());
    all.add(document);
    return all;
  }
}
