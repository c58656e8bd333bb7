package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which locations name a digest: only what the manager stored itself. */
class DeployedTest {
  private static final String HEX = "0a".repeat(32);

  @Test
  void onlyADigestInTheOwnFolderIsOne() {
    Deployed deployed = Deployed.under("/gantry");
    assertEquals(Optional.of(HEX), deployed.digest("file:///gantry/bundles/sha256/" + HEX + ".jar"));
    assertEquals("sha256:" + HEX, deployed.shown("file:///gantry/bundles/sha256/" + HEX + ".jar"));
    for (String other : List.of("file:///gantry/bundles/sha256/mine.jar", "file:///other/bundles/sha256/" + HEX + ".jar",
        "file:///gantry/bundles/sha256/" + HEX.toUpperCase(java.util.Locale.ROOT) + ".jar", "file:///gantry/bundles/sha256/.jar",
        "file:///gantry/bundles/sha256/x/" + HEX + ".jar", "file:///gantry/bundles/sha256/" + HEX, "one")) {
      assertEquals(Optional.empty(), deployed.digest(other), other);
      assertEquals(other, deployed.shown(other));
    }
    assertEquals(Optional.empty(), Deployed.under(null).digest("file:///gantry/bundles/sha256/" + HEX + ".jar"));
  }
}
