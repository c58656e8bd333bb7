package io.gantry.itest;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A tree as tar(1) sees it: names, kinds, modes, owners, times to the nanosecond, links, devices, attributes and contents are all in the
 * archive, so equal digests are equal trees.
 *
 * @param listing for people, to tell two trees apart
 */
record Tree(String digest, List<String> listing) {
  static Tree of(Path root) throws IOException {
    byte[] tar = Programs.output("tar", "--create", "--directory", root.toString(), "--sort=name", "--format=posix", "--numeric-owner",
        "--xattrs", "--xattrs-include=*", "--pax-option=exthdr.name=%d/%f,delete=atime,delete=ctime", ".");
    byte[] list = Programs.output("find", root.toString(), "-printf", "%P %y %m %U:%G %T@ %n %s %l\\n");
    return new Tree(digest(tar), new String(list, StandardCharsets.ISO_8859_1).lines().sorted().toList());
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  void mustEqual(Tree expected) {
    if (digest.equals(expected.digest)) return;
    List<String> missing = new ArrayList<>(expected.listing);
    missing.removeAll(listing);
    List<String> more = new ArrayList<>(listing);
    more.removeAll(expected.listing);
    throw new AssertionError("the tree differs from that of an undisturbed pull: missing " + missing + ", more " + more);
  }
}
