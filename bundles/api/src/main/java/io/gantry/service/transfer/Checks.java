package io.gantry.service.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Whether images are whole, and whether their bytes are still what they were. Changes nothing. */
@ProviderType
public interface Checks {
  /**
   * How an image for one platform stands.
   *
   * @param needed what it takes as far as that is known: what a missing document names is not
   * @param missing those of them that are not in the store
   * @param unpacked whether all its layers are there as snapshots
   */
  record Standing(List<Descriptor> needed, List<Descriptor> missing, boolean unpacked) {
    public Standing {
      needed = List.copyOf(needed);
      missing = List.copyOf(missing);
    }

    public boolean complete() {
      return missing.isEmpty();
    }

    /** Bytes of what is needed, as it travels. */
    public long sizeBytes() {
      return needed.stream().mapToLong(Descriptor::size).sum();
    }

    /** Bytes of what is there. */
    public long presentBytes() {
      return sizeBytes() - missing.stream().mapToLong(Descriptor::size).sum();
    }
  }

  /**
   * A blob that is not what it should be.
   *
   * @param found what was read in its place, for people
   */
  record Damage(Digest digest, String found) {}

  /**
   * What a re-reading came to.
   *
   * @param blobs that were read
   * @param bytes that were read
   */
  record Verified(int blobs, long bytes, List<Damage> damages) {
    public Verified {
      damages = List.copyOf(damages);
    }
  }

  /**
   * Looks whether an image is here, by its documents; layers are not read.
   *
   * @param snapshotter whose snapshots count; empty for the configured default
   * @throws io.gantry.api.NotFoundException an index has nothing for the platform
   */
  Standing check(Scope scope, Descriptor target, Platform platform, String snapshotter) throws IOException;

  /**
   * Reads blobs whole and hashes them. Blocks as long as that takes; interruption ends it.
   *
   * @param target all that is here of an image, for all platforms; empty for all blobs of the namespace
   */
  Verified verify(Scope scope, Optional<Descriptor> target, Consumer<Progress> progress) throws IOException;
}
