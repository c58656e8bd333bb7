package io.gantry.oci.bytes;

import io.gantry.api.Digest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The digest of bytes that come one after the other. */
public final class Hasher {
  private final String algorithm;
  private final MessageDigest hash;

  /** @param algorithm as digests name it */
  public Hasher(String algorithm) {
    this(algorithm, fresh(algorithm));
  }

  private Hasher(String algorithm, MessageDigest hash) {
    this.algorithm = algorithm;
    this.hash = hash;
  }

  private static MessageDigest fresh(String algorithm) {
    try {
      return MessageDigest.getInstance("SHA-" + algorithm.substring("sha".length()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no " + algorithm, e);
    }
  }

  /** Of bytes that are all here. */
  public static Digest digest(String algorithm, byte[] bytes) {
    var hasher = new Hasher(algorithm);
    hasher.update(bytes, 0, bytes.length);
    return hasher.digest();
  }

  /** Another one that has seen the same bytes. */
  public Hasher copy() {
    return new Hasher(algorithm, cloned());
  }

  public String algorithm() {
    return algorithm;
  }

  public void update(ByteBuffer bytes) {
    hash.update(bytes);
  }

  public void update(byte[] bytes, int offset, int count) {
    hash.update(bytes, offset, count);
  }

  public void reset() {
    hash.reset();
  }

  /** Digest so far; more may be added after. */
  public Digest digest() {
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
