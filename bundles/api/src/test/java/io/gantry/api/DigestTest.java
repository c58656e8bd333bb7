package io.gantry.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DigestTest {
  /** By {@code printf '%s %s' sha256:… sha256:… | sha256sum}. */
  @Test
  void chainIdsAreThoseOfTheImageSpecification() {
    List<Digest> diffIds = Stream.of("a", "b", "c").map(c -> Digest.parse("sha256:" + c.repeat(64))).toList();
    assertEquals(List.of(), Digest.chain(List.of()));
    assertEquals(List.of("sha256:" + "a".repeat(64), "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c",
        "sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588"),
        Digest.chain(diffIds).stream().map(Digest::toString).toList());
  }
}
