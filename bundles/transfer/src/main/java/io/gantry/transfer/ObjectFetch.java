package io.gantry.transfer;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.oci.Document;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.image.Documents;
import io.gantry.oci.json.Json;
import io.gantry.spi.resolver.Resolved;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * One thing of an image, past the store. It is found by the documents of the image, which alone tell how large it is and of which kind. It
 * takes no place among the downloads that the configuration allows: who reads it may be slow, and would hold up every pull.
 */
final class ObjectFetch {
  private static final int DOCUMENTS = 1000;
  private static final int BUFFER = 64 << 10;

  private final Registries registries;
  private final Scope scope;
  private final Reference reference;
  private Resolved resolved;

  ObjectFetch(Registries registries, Scope scope, Reference reference) {
    this.registries = registries;
    this.scope = scope;
    this.reference = reference;
  }

  Descriptor run(Optional<Digest> digest, OutputStream to) throws IOException {
    resolved = registries.resolve(scope, reference);
    Descriptor found = digest.isEmpty() ? resolved.target() : find(digest.get());
    copy(found, to);
    return found;
  }

  /** Documents nearest to the image's own come first. */
  private Descriptor find(Digest wanted) throws IOException {
    if (resolved.target().digest().equals(wanted)) return resolved.target();
    Deque<Descriptor> open = new ArrayDeque<>();
    Set<Digest> seen = new HashSet<>();
    open.add(resolved.target());
    int read = 0;
    for (Descriptor d = open.poll(); d != null; d = open.poll()) {
      if (!Documents.names(d) || !seen.add(d.digest())) continue;
      if (++read > DOCUMENTS) {
        throw new ExhaustedException("image " + reference + " has more than " + DOCUMENTS
            + " documents, none of those that were read names "
            + wanted);
      }
      for (Descriptor child : document(d).children()) {
        if (child.digest().equals(wanted)) return child;
        open.add(child);
      }
    }
    throw new NotFoundException("image " + reference + " names no " + wanted + "; without a digest what " + reference
        + " itself means is fetched, which names the rest");
  }

  private Document document(Descriptor d) throws IOException {
    if (d.size() > Json.MAX_BYTES) {
      throw new ExhaustedException("image " + reference + ": document " + d.digest() + " takes " + d.size() + " bytes, at most "
          + Json.MAX_BYTES + " are read");
    }
    var bytes = new ByteArrayOutputStream((int) d.size());
    copy(d, bytes);
    return Document.parse(bytes.toByteArray(), d.mediaType(), Documents.what(d));
  }

  private void copy(Descriptor d, OutputStream to) throws IOException {
    var hasher = new Hasher(d.digest().algorithm());
    try (Fetch source = new Fetch(registries, scope, resolved, d, new LongAdder(), at -> { }); InputStream in = source.open(0)) {
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hasher.update(buffer, 0, n);
        to.write(buffer, 0, n);
      }
      Digest found = hasher.digest();
      if (!found.equals(d.digest())) {
        throw new CorruptException("fetching from " + reference + ": what " + source.from() + " sent is not what was promised",
            d.digest().toString(), found.toString());
      }
    }
  }
}
