package io.gantry.spi.layer;

import java.io.IOException;
import java.io.InputStream;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Core's meters, through which a driver reads: they count, bound and hash. The stream handed to {@code apply} is tapped already; the
 * uncompressed one is tapped by {@link #uncompressed}.
 */
@ProviderType
public interface Taps {
  /**
   * The stream of the uncompressed tar, hashed to the diff id and bounded in size and ratio. A driver calls it once, reads its archive
   * from the answer, and at last reads it to its end, since trailing bytes belong to the diff id.
   *
   * @throws io.gantry.api.ExhaustedException (from reads) more bytes, or a larger ratio, than allowed
   */
  InputStream uncompressed(InputStream raw) throws IOException;

  /** To be called per entry; the limit of entries stands here. */
  void entry() throws IOException;

  /** The most bytes a name, a link or a set of PAX records may take. */
  int maxHeaderBytes();
}
