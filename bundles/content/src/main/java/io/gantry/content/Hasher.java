package io.gantry.content;

import io.gantry.api.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The running digest of a write. */
final class Hasher {
  private final String algorithm;
  private final MessageDigest hash;

  /** @param algorithm as digests name it */
  Hasher(String algorithm) {
    this(algorithm, fresh(algorithm));
  }

  private Hasher(String algorithm, MessageDigest hash) {
    this.algorithm = algorithm;
    this.hash = hash;
  }

  private static MessageDigest fresh(String algorithm) {
    try {
      return MessageDigest.getInstance("SHA-" + algorithm.substring(3));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no " + algorithm, e);
    }
  }

  /** Another one that has seen the same bytes. */
  Hasher copy() {
    return new Hasher(algorithm, cloned());
  }

  String algorithm() {
    return algorithm;
  }

  void update(ByteBuffer bytes) {
    hash.update(bytes);
  }

  void reset() {
    hash.reset();
  }

  /** Digest so far; more may be added after. */
  Digest digest() {
    return new Digest(algorithm, HexFormat.of().formatHex(cloned().digest()));
  }

  private MessageDigest cloned() {
    try {
      return (MessageDigest) hash.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JVM's " + algorithm + " cannot be copied", e);
    }
  }
}
