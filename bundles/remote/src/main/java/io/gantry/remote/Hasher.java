package io.gantry.remote;

import io.gantry.api.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The digest of bytes that come one after the other. */
final class Hasher {
  private final String algorithm;
  private final MessageDigest hash;

  /** @param algorithm as digests name it */
  Hasher(String algorithm) {
    this.algorithm = algorithm;
    try {
      this.hash = MessageDigest.getInstance("SHA-" + algorithm.substring("sha".length()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no " + algorithm, e);
    }
  }

  void update(ByteBuffer bytes) {
    hash.update(bytes);
  }

  void update(byte[] bytes, int offset, int length) {
    hash.update(bytes, offset, length);
  }

  Digest digest() {
    try {
      return new Digest(algorithm, HexFormat.of().formatHex(((MessageDigest) hash.clone()).digest()));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JVM's " + algorithm + " cannot be copied", e);
    }
  }
}
