package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import io.gantry.service.transfer.ImageTree;
import java.io.IOException;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Documents of present images as a service; it needs neither a registry nor an unpacker. */
@Component
public final class ImageTreeComponent implements ImageTree {
  private final Documents documents;

  @Activate
  public ImageTreeComponent(@Reference Contents contents) {
    documents = new Documents(contents);
  }

  @Override
  public Node tree(Scope scope, Descriptor target) throws IOException {
    return documents.tree(scope, target);
  }

  @Override
  public Resolved resolve(Scope scope, Descriptor target, Optional<Platform> platform) throws IOException {
    return documents.resolve(scope, target, platform);
  }
}
