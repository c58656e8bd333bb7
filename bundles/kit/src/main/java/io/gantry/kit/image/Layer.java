package io.gantry.kit.image;

import io.gantry.api.Digest;

/**
 * A layer as it is stored.
 *
 * @param suffix its compression in media types: empty, {@code gzip} or {@code zstd}
 * @param blob its bytes
 * @param digest of the bytes
 * @param diffId digest of the tar
 * @param tarSize bytes of the tar
 */
public record Layer(String suffix, byte[] blob, Digest digest, Digest diffId, long tarSize) {
  public static Layer of(byte[] tar, Packing packing) {
    byte[] blob = packing.pack().apply(tar);
    return new Layer(packing.suffix(), blob, Blob.digest(blob), Blob.digest(tar), tar.length);
  }

  /** The same with a diff id that is not true. */
  public Layer withDiffId(Digest other) {
    return new Layer(suffix, blob, digest, other, tarSize);
  }

  @Override
  public String toString() {
    return "layer " + digest + " (" + blob.length + " bytes, tar " + diffId + ")";
  }
}
