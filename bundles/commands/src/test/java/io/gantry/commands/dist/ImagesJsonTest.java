package io.gantry.commands.dist;

import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.commands.Golden;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.ImageTree.Node;
import io.gantry.service.transfer.ImageTree.Resolved;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImagesJsonTest {
  private static final String OCI = "application/vnd.oci.image.";
  private static final Descriptor INDEX = Golden.descriptor(OCI + "index.v1+json", 1, 1234);
  private static final Descriptor MANIFEST = Golden.descriptor(OCI + "manifest.v1+json", 2, 559);
  private static final Descriptor CONFIG = Golden.descriptor(OCI + "config.v1+json", 3, 508);
  private static final Descriptor LAYER = Golden.descriptor(OCI + "layer.v1.tar+gzip", 4, 1_047_552);
  private static final Image WHOLE = new Image("docker.io/library/redis:latest", INDEX, Map.of("b", "2", "a", "1"), Golden.CREATED,
      Golden.UPDATED, 7);
  private static final Image CUT = new Image("straße.example/x:1", MANIFEST, Map.of(), Golden.CREATED, Golden.CREATED, 1);

  private static final class Tree implements ImageTree {
    @Override
    public Node tree(Scope scope, Descriptor target) {
      var by = Map.of("io.gantry/unpacked-by.overlayfs", "layer/tar 0.1.0", "other", "label");
      var layer = new Node(LAYER, true, by, List.of());
      var manifest = new Descriptor(MANIFEST.mediaType(), MANIFEST.digest(), MANIFEST.size(), Map.of(), Optional.of(Platform.parse(
          "linux/arm64/v8")), List.of());
      return new Node(INDEX, true, Map.of(), List.of(new Node(manifest, true, Map.of(), List.of(new Node(CONFIG, false, Map.of(), List
          .of()), layer))));
    }

    @Override
    public Resolved resolve(Scope scope, Descriptor target, Optional<Platform> platform) throws NotFoundException {
      if (target.equals(MANIFEST)) throw new NotFoundException("its config is absent");
      return new Resolved(MANIFEST, CONFIG, new byte[0], List.of(LAYER), List.of(LAYER.digest()), 1_048_619);
    }
  }

  private static Images images() {
    return Golden.service(Images.class, (method, args) -> switch (method) {
      case "list" -> List.of(WHOLE, CUT);
      case "damaged" -> List.of();
      case "resolve" -> WHOLE;
      default -> throw new IllegalStateException(method);
    });
  }

  @Test
  void list() throws Exception {
    var verb = new ImagesList();
    verb.images = images();
    verb.tree = new Tree();
    Golden.same("images.json", verb, verb::run);
  }

  @Test
  void inspect() throws Exception {
    var verb = new Inspect();
    verb.images = images();
    verb.tree = new Tree();
    Golden.same("inspect.json", verb, verb::run, "redis");
  }
}
