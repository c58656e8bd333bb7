package io.gantry.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageConfigTest {
  private static final Digest LAYER = Digest.parse("sha256:" + "c".repeat(64));

  private static final ImageConfig FULL =
      new ImageConfig(
          Optional.of(Instant.parse("2024-05-06T07:08:09.123456789Z")), "me", Optional.of(Platform.parse("linux/arm/v7")),
          List.of("PATH=/bin", "E="),
          List.of("/entry.sh", "--x"), List.of("redis-server"), "redis:redis", "/data", Set.of("/data", "/a"), Set.of("6379/tcp"),
          Map.of("a", "b"), "SIGQUIT", List.of(LAYER),
          List.of(
              new ImageConfig.History(Optional.of(Instant.parse("2024-01-01T00:00:00Z")), "COPY . /", "", "", false),
              new ImageConfig.History(Optional.empty(), "CMD x", "you", "note", true)));

  private static ImageConfig parse(String text) throws Exception {
    return ImageConfig.parse(text.getBytes(StandardCharsets.UTF_8), "config x");
  }

  @Test
  void readsWhatItWrites() throws Exception {
    assertEquals(FULL, ImageConfig.parse(FULL.bytes(), "config x"));
    ImageConfig least = ImageConfig.of(Platform.parse("linux/amd64"), List.of());
    assertEquals(least, ImageConfig.parse(least.bytes(), "config x"));
  }

  @Test
  void readsDockersNullsAndOffsets() throws Exception {
    String text =
        "{\"architecture\":\"x86_64\",\"os\":\"linux\",\"created\":\"2024-05-06T09:08:09+02:00\",\"container\":\"abc\",\"config\":{\"Hostna"
        + "me\":\"\","
            + "\"Env\":null,\"Cmd\":[\"sh\"],\"Entrypoint\":null,\"Volumes\":{\"/v\":{}},\"OnBuild\":null,\"Labels\":null},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + LAYER + "\"]},\"history\":[{\"created\":\"nonsense\"}]}";
    ImageConfig expected =
        new ImageConfig(
            Optional.of(Instant.parse("2024-05-06T07:08:09Z")), "", Optional.of(Platform.parse("linux/amd64")), List.of(), List.of(),
            List.of("sh"), "",
            "", Set.of("/v"), Set.of(), Map.of(), "", List.of(LAYER),
            List.of(new ImageConfig.History(Optional.empty(), "", "", "", false)));
    assertEquals(expected, parse(text));
  }

  @Test
  void refusesWhatIsNoConfig() {
    assertEquals("config x has no 'rootfs'", assertThrows(InvalidException.class, () -> parse("{}")).getMessage());
    assertEquals(
        "config x is a manifest or an index, expected an image's config",
        assertThrows(InvalidException.class, () -> parse("{\"layers\":[]}")).getMessage());
    assertEquals(
        "config x: config: 'Cmd' is a string, expected an array",
        assertThrows(InvalidException.class, () -> parse("{\"config\":{\"Cmd\":\"sh\"},\"rootfs\":{}}")).getMessage());
    String traversal = assertThrows(InvalidException.class, () -> parse("{\"rootfs\":{\"diff_ids\":[\"sha256:../x\"]}}")).getMessage();
    assertEquals("config x: rootfs: diff_ids: digest 'sha256:../x' is not 64 lower-case hexadecimal digits", traversal);
  }
}
