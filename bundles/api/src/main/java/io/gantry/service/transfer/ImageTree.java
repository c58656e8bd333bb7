package io.gantry.service.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Reads the documents of a present image. */
@ProviderType
public interface ImageTree {
  /**
   * A node: index, manifest, config or layer.
   *
   * @param present whether its bytes are in the store
   * @param labels of the blob; on a layer those that tell which driver unpacked it
   */
  record Node(Descriptor descriptor, boolean present, Map<String, String> labels, List<Node> children) {}

  /**
   * An image for one platform.
   *
   * @param config the config document, as JSON bytes
   * @param sizeBytes manifest, config and layers
   */
  record Resolved(Descriptor manifest, Descriptor configDescriptor, byte[] config, List<Descriptor> layers, List<Digest> diffIds,
      long sizeBytes) {}

  Node tree(Scope scope, Descriptor target) throws IOException;

  /** @throws io.gantry.api.NotFoundException nothing for that platform, or a document is missing */
  Resolved resolve(Scope scope, Descriptor target, Optional<Platform> platform) throws IOException;
}
