package io.gantry.grpc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.Platform;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.linux.Self;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Images;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An engine, a registry with an image, and a client that has the one move images of the other. */
abstract class TransferWorld {
  static final Image IMAGE = image(2, 300_000);
  @TempDir Path root;
  Engine engine;
  TransferCalls calls;
  FaultyRegistry registry;
  Images images;
  Contents contents;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Self.isRoot(), "skipped: mounts need root");
    engine = new Engine(root);
    calls = new TransferCalls(engine);
    registry = FaultyRegistry.start();
    images = engine.images;
    contents = engine.contents;
  }

  @AfterEach
  void close() throws IOException {
    if (registry != null) registry.close();
    if (engine != null) engine.close();
  }

  static Image image(int layers, int bytes) {
    var image = new ImageBuilder().platform(Platform.host());
    var random = new Random(8);
    for (int i = 0; i < layers; i++) {
      byte[] data = new byte[bytes];
      random.nextBytes(data);
      image.layer(new LayerBuilder().file("f" + i, data, 0644).gzip());
    }
    return image.build(ImageFormat.OCI);
  }

  /** The name of an image that is here now. */
  String pulled() throws IOException {
    registry.add("a/b", "1", IMAGE);
    String name = registry.host() + "/a/b:1";
    calls.run(TransferCalls.registry(name), TransferCalls.unpacked(name).build());
    return name;
  }
}
