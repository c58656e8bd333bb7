package io.gantry.kit.image;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Bytes with their descriptor.
 *
 * @param descriptor says what they are; its digest and size are of these bytes
 * @param bytes not to be changed
 */
public record Blob(Descriptor descriptor, byte[] bytes) {
  public static Blob of(String mediaType, byte[] bytes) {
    return new Blob(Descriptor.of(mediaType, digest(bytes), bytes.length), bytes);
  }

  public static Digest digest(byte[] bytes) {
    try {
      return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  public Digest digest() {
    return descriptor.digest();
  }

  /** Whether registries keep it among manifests: a manifest or an index. */
  public boolean isManifest() {
    return isManifest(descriptor.mediaType());
  }

  /** Whether the type is one of manifests and indexes. */
  public static boolean isManifest(String mediaType) {
    for (ImageFormat f : ImageFormat.values()) if (mediaType.equals(f.manifest) || mediaType.equals(f.index)) return true;
    return false;
  }

  @Override
  public String toString() {
    return descriptor.mediaType() + " " + descriptor.digest() + " (" + bytes.length + " bytes)";
  }
}
