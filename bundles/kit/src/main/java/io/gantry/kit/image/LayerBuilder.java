package io.gantry.kit.image;

import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * Writes the tar of a layer byte by byte: equal calls give equal bytes, and nothing is too wrong to be written.
 *
 * <p>Example: {@code new LayerBuilder().directory("etc", 0755).file("etc/hosts", "127.0.0.1 localhost\n").whiteout("etc/old").gzip()}.
 */
public final class LayerBuilder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public LayerBuilder add(TarEntry... entries) {
    for (TarEntry e : entries) out.writeBytes(e.bytes());
    return this;
  }

  public LayerBuilder add(List<TarEntry> entries) {
    entries.forEach(this::add);
    return this;
  }

  /** Bytes as they are, between or instead of entries. */
  public LayerBuilder raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** A PAX header for all that follows. */
  public LayerBuilder global(Pax records) {
    return raw(TarEntry.extension('g', records.bytes()));
  }

  public LayerBuilder file(String name, String text) {
    return add(TarEntry.file(name, text));
  }

  public LayerBuilder file(String name, byte[] data, int mode) {
    return add(TarEntry.file(name, data).mode(mode));
  }

  public LayerBuilder directory(String name, int mode) {
    return add(TarEntry.directory(name).mode(mode));
  }

  public LayerBuilder symlink(String name, String target) {
    return add(TarEntry.symlink(name, target));
  }

  public LayerBuilder hardlink(String name, String target) {
    return add(TarEntry.hardlink(name, target));
  }

  public LayerBuilder whiteout(String name) {
    return add(TarEntry.whiteout(name));
  }

  public LayerBuilder opaque(String directory) {
    return add(TarEntry.opaque(directory));
  }

  /** The bytes so far, without the end of an archive. */
  public byte[] open() {
    return out.toByteArray();
  }

  /** The archive: all entries and two empty blocks. */
  public byte[] tar() {
    return Pax.join(out.toByteArray(), new byte[2 * TarHeader.BLOCK]);
  }

  public Layer layer(Packing packing) {
    return Layer.of(tar(), packing);
  }

  public Layer gzip() {
    return layer(Packing.gzip());
  }
}
