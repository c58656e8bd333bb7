package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.oci.Document;
import io.gantry.oci.Index;
import io.gantry.oci.Manifest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Labels by which a blob holds others, as containerd names them: {@code m.N} of an index, {@code config} and {@code l.N} of a manifest. */
final class References {
  private static final String GC = "containerd.io/gc.ref.";

  private References() {}

  static Map<String, String> of(Document document) {
    Map<String, String> labels = new LinkedHashMap<>();
    switch (document) {
      case Index index -> number(labels, "m.", index.manifests());
      case Manifest manifest -> {
        labels.put(GC + "content.config", manifest.config().digest().toString());
        number(labels, "l.", manifest.layers());
      }
    }
    return labels;
  }

  private static void number(Map<String, String> labels, String kind, List<Descriptor> children) {
    for (int i = 0; i < children.size(); i++) labels.put(GC + "content." + kind + i, children.get(i).digest().toString());
  }

  /** On the config: the snapshot of the top layer. */
  static Map<String, String> snapshot(String snapshotter, List<Digest> diffIds) {
    return Map.of(GC + "snapshot." + snapshotter, Digest.chain(diffIds).getLast().toString());
  }
}
