package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a fetch is for, each thing once: documents that are read at once, and the rest. Of one thread alone. */
final class Parts {
  private final Map<Digest, Descriptor> documents = new LinkedHashMap<>();
  private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();

  /** Whether it is the first time. */
  boolean document(Descriptor d) {
    return documents.putIfAbsent(d.digest(), d) == null;
  }

  void blob(Descriptor d) {
    blobs.putIfAbsent(d.digest(), d);
  }

  Collection<Descriptor> blobs() {
    return blobs.values();
  }

  long sizeBytes() {
    return documents.values().stream().mapToLong(Descriptor::size).sum() + blobs.values().stream().mapToLong(Descriptor::size).sum();
  }
}
