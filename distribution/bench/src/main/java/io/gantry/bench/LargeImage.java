package io.gantry.bench;

import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.TarEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An image shaped like those that people have: thirty layers, of which a few hold most; many small files and some of megabytes; later
 * layers replace and hide what lies below. Equal seeds give equal bytes, and two seeds share none.
 */
record LargeImage(long seed) {
  static final int LAYERS = 30;
  private static final int FOLDER = 50;
  private static final byte[] WORDS = "the same words again, as programs and their texts have them ".getBytes(
      java.nio.charset.StandardCharsets.US_ASCII);

  Image build() {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) layers.add(layer(i));
    return new ImageBuilder().layers(layers).cmd("/bin/true").build(ImageFormat.OCI);
  }

  /** Files of a layer: a system, its packages, then what was built on them. */
  static int files(int layer) {
    if (layer == 0) return 4500;
    if (layer % 7 == 3) return 2600;
    return layer % 2 == 0 ? 350 : 150;
  }

  Layer layer(int n) {
    var random = new Random(seed * 1000 + n);
    var b = new LayerBuilder().directory("opt", 0755).directory(top(n), 0755);
    for (int f = 0; f < files(n); f++) {
      if (f % FOLDER == 0) b.directory(top(n) + "/d" + f / FOLDER, 0755);
      b.add(TarEntry.file(name(n, f), content(random, size(random))).mode(f % 9 == 0 ? 0755 : 0644).mtime(TarEntry.EPOCH + n, 0));
      if (f % 40 == 7) b.symlink(name(n, f) + ".so", "f" + f);
    }
    if (n > 0) {
      b.directory(top(n - 1), 0755).directory(top(n - 1) + "/d0", 0755);
      b.add(TarEntry.file(name(n - 1, 1), content(random, 3000)).mtime(TarEntry.EPOCH + n, 0)).whiteout(name(n - 1, 2));
    }
    return b.gzip();
  }

  private String top(int n) {
    return "opt/layer" + n;
  }

  private String name(int n, int f) {
    return top(n) + "/d" + f / FOLDER + "/f" + f;
  }

  /** Of a hundred files seventy-two are small, one has a megabyte or more. */
  private static int size(Random random) {
    int kind = random.nextInt(100);
    if (kind < 72) return random.nextInt(8 << 10);
    if (kind < 94) return random.nextInt(48 << 10);
    if (kind < 99) return random.nextInt(256 << 10);
    return (1 << 20) / 2 + random.nextInt(1 << 20);
  }

  /** Compresses to about four tenths, as images do. */
  private static byte[] content(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    for (int i = 0; i < size; i++) if (i % 64 >= 22) bytes[i] = WORDS[i % WORDS.length];
    return bytes;
  }
}
