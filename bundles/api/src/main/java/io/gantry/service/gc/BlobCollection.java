package io.gantry.service.gc;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.spi.content.Blob;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the garbage collection does with blobs, of this manager alone; offered by whoever offers {@link io.gantry.service.content.Contents}.
 */
@ProviderType
public interface BlobCollection {
  /**
   * Takes blobs out of this namespace for the garbage collection, all at one moment; the bytes stay.
   *
   * @param digests some hundreds at most; those that are not there do not matter
   * @param guard which of them may go, asked while nobody changes any record; calls nobody ({@link
   *     io.gantry.service.record.Table#decide})
   * @return those that went
   */
  List<Digest> collect(Scope scope, List<Digest> digests, Predicate<Digest> guard) throws IOException;

  /**
   * Removes bytes that no namespace has a record of, and that nobody is about to record.
   *
   * @param store name of the driver that has them
   * @param digests some hundreds at most; writers of these wait meanwhile
   * @return those that are gone; a namespace has the others. Where it fails, some may be gone
   * @throws io.gantry.api.UnavailableException that driver is away
   */
  List<Digest> reclaim(Scope scope, String store, List<Digest> digests) throws IOException;

  /** Blobs that a store has, with or without a record; a page in order of digest. The namespace of the scope does not matter. */
  List<Blob> stored(Scope scope, String store, Optional<Digest> after, int max) throws IOException;

  /** Namespaces that have unfinished writes. The namespace of the scope does not matter. */
  Set<String> writing(Scope scope) throws IOException;
}
