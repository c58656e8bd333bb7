package io.gantry.unpack;

import io.gantry.api.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes what is written to it, and counts. */
class HashedBytes extends OutputStream {
  private final MessageDigest hash;
  private long size;

  HashedBytes() {
    try {
      hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    hash.update(bytes, offset, count);
    size += count;
  }

  long size() {
    return size;
  }

  /** Of all bytes; to be asked for once. */
  Digest digest() {
    return Digest.sha256(hash.digest());
  }
}
