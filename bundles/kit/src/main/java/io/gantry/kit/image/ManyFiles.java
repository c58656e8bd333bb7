package io.gantry.kit.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An image of many layers with many small files, some of which later layers replace, hide and link to. Equal values give equal bytes.
 *
 * @param layers how many
 * @param filesPerLayer in each
 * @param meanBytes of a file; sizes lie between nothing and twice that
 * @param seed of names' sizes and contents
 */
public record ManyFiles(int layers, int filesPerLayer, int meanBytes, long seed) {
  private static final int FOLDERS = 8;

  public static ManyFiles of(int layers, int filesPerLayer, long seed) {
    return new ManyFiles(layers, filesPerLayer, 4096, seed);
  }

  /** The layers in an image whose command a static {@code /bin/true} would be. */
  public Image image(ImageFormat format) {
    return new ImageBuilder().layers(build(Packing.gzip())).cmd("/bin/true").build(format);
  }

  public List<Layer> build(Packing packing) {
    List<Layer> all = new ArrayList<>();
    for (int i = 0; i < layers; i++) all.add(layer(i).layer(packing));
    return all;
  }

  private LayerBuilder layer(int n) {
    Random random = new Random(seed * 31 + n);
    LayerBuilder b = new LayerBuilder();
    if (n == 0) for (String d : List.of("bin", "etc", "tmp", "opt")) b.directory(d, d.equals("tmp") ? 01777 : 0755);
    else b.directory("opt", 0755);
    b.directory(folder(n), 0755);
    for (int d = 0; d < Math.min(FOLDERS, filesPerLayer); d++) b.directory(folder(n) + "/d" + d, 0750 + d % 2 * 5);
    for (int f = 0; f < filesPerLayer; f++) {
      b.add(TarEntry.file(name(n, f), content(random)).mode(f % 7 == 0 ? 0755 : 0644).owner(f % 5, 100_000 + f % 3)
          .mtime(TarEntry.EPOCH + n, f));
    }
    if (filesPerLayer > 2) b.hardlink(folder(n) + "/again", name(n, 0)).symlink(folder(n) + "/link", "d1/f00001");
    if (n > 0 && filesPerLayer > 3) touchBelow(b, n, random);
    return b;
  }

  /** Replaces one file of the layer below, hides another, and empties a folder of one further below. */
  private void touchBelow(LayerBuilder b, int n, Random random) {
    b.directory(folder(n - 1), 0755).directory(folder(n - 1) + "/d2", 0750);
    b.add(TarEntry.file(name(n - 1, 2), content(random)).mtime(TarEntry.EPOCH + n, 0)).whiteout(name(n - 1, 2 + FOLDERS));
    if (n > 1) {
      b.directory(folder(n - 2), 0755).directory(folder(n - 2) + "/d3", 0755).opaque(folder(n - 2) + "/d3")
          .file(name(n - 2, 3), "alone now\n");
    }
  }

  private static String folder(int n) {
    return String.format("opt/layer%02d", n);
  }

  private static String name(int n, int f) {
    return String.format("%s/d%d/f%05d", folder(n), f % FOLDERS, f);
  }

  /** Text that compresses about as well as programs do. */
  private byte[] content(Random random) {
    byte[] bytes = new byte[meanBytes == 0 ? 0 : random.nextInt(2 * meanBytes)];
    random.nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) if (i % 64 >= 20) bytes[i] = (byte) ("the same words again ".charAt(i % 21));
    return bytes;
  }
}
