package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** An archive of an image of which only the beginning comes. */
final class CutArchive {
  private static final int BLOCK = 512;

  private CutArchive() {}

  /** Up to the midst of a blob that no manager has. */
  static byte[] beginning(Path folder) throws Exception {
    byte[] blob = new byte[5000];
    new Random().nextBytes(blob);
    String name = "blobs/sha256/" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(blob));
    Files.createDirectories(folder.resolve(name).getParent());
    Files.write(folder.resolve(name), blob);
    Path tar = folder.resolve("cut.tar");
    var made = new ProcessBuilder("tar", "-C", folder.toString(), "-cf", tar.toString(), name).inheritIO().start();
    assertEquals(0, made.waitFor());
    return Arrays.copyOf(Files.readAllBytes(tar), 3 * BLOCK);
  }
}
