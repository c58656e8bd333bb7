package io.gantry.kit.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.image.ManyFiles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.Test;

class RealRegistryTest {
  private static final Image IMAGE = ManyFiles.of(2, 30, 3).image(ImageFormat.OCI);

  @Test
  void takesImagesOfBothFormatsAndGivesThemBack() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().get());
    Image docker = ManyFiles.of(2, 30, 3).image(ImageFormat.DOCKER);
    ImageIndex index = ImageIndex.of(ImageFormat.OCI, List.of(IMAGE));
    try (RealRegistry r = RealRegistry.start(); HttpClient http = HttpClient.newHttpClient()) {
      r.push("library/many", "oci", IMAGE).push("library/many", "docker", docker).push("library/many", "index", index);
      for (var e : java.util.Map.of("oci", IMAGE, "docker", docker, "index", index).entrySet()) {
        var m = http.send(HttpRequest.newBuilder(r.uri().resolve("/v2/library/many/manifests/" + e.getKey()))
            .header("Accept", e.getValue().descriptor().mediaType()).build(), BodyHandlers.ofByteArray());
        assertArrayEquals(e.getValue().blobs().getLast().bytes(), m.body());
      }
    }
  }

  @Test
  void theProxyThrottlesCountsAndCuts() throws Exception {
    assumeTrue(RealRegistry.missing().isEmpty(), () -> RealRegistry.missing().get());
    byte[] layer = IMAGE.layers().getFirst().blob();
    try (RealRegistry r = RealRegistry.start(); ThrottledProxy proxy = ThrottledProxy.start(r.uri(), layer.length * 4L);
        HttpClient http = HttpClient.newHttpClient()) {
      r.push("a", "latest", IMAGE);
      URI blob = proxy.uri().resolve("/v2/a/blobs/" + IMAGE.layers().getFirst().digest());
      assertEquals(200, http.send(HttpRequest.newBuilder(blob).HEAD().build(), BodyHandlers.discarding()).statusCode());
      assertEquals(0, proxy.bodyBytes());
      long start = System.nanoTime();
      assertArrayEquals(layer, http.send(HttpRequest.newBuilder(blob).build(), BodyHandlers.ofByteArray()).body());
      assertTrue(System.nanoTime() - start > 200_000_000L, "throttled");
      assertEquals(layer.length, proxy.bodyBytes());
      proxy.rate(0);
      proxy.cutAfter(1000);
      assertThrows(IOException.class, () -> http.send(HttpRequest.newBuilder(blob).build(), BodyHandlers.ofByteArray()));
      assertEquals(layer.length + 1000, proxy.bodyBytes());
      assertArrayEquals(layer, http.send(HttpRequest.newBuilder(blob).build(), BodyHandlers.ofByteArray()).body());
    }
  }
}
