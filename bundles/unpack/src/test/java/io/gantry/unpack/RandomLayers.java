package io.gantry.unpack;

import io.gantry.kit.image.LayerBuilder;
import io.gantry.kit.image.TarEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * Layers over layers with all that a layer may have, by seed. The whole tree is kept along, so that entries make sense; that folders named
 * by the layer come before what is in them, but are often left out when a lower layer has them, is the point.
 */
final class RandomLayers {
  private static final byte[] CAP = {1, 0, 0, 2, (byte) 0xc0, 0, 0, 0, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  private final Random random;
  private final TreeMap<String, Character> tree = new TreeMap<>(); // name → d, f, l, o
  private final List<String> inThisLayer = new ArrayList<>();
  private final boolean replaces;
  private final boolean names;
  private int serial;

  /**
   * @param replaces whether entries may come where something is
   * @param names whether each layer names the folders it changes something in, and links within itself alone, as tools write them
   */
  RandomLayers(long seed, boolean replaces, boolean names) {
    this.replaces = replaces;
    this.names = names;
    random = new Random(seed);
  }

  List<LayerBuilder> layers(int count, int entries) {
    List<LayerBuilder> all = new ArrayList<>();
    for (int i = 0; i < count; i++) all.add(layer(i, entries));
    return all;
  }

  private LayerBuilder layer(int n, int entries) {
    LayerBuilder b = new LayerBuilder();
    inThisLayer.clear();
    if (n == 0 || random.nextInt(3) == 0) b.add(attributes(TarEntry.directory("./"), true));
    if (n > 0) hide(b);
    for (int i = 0; i < entries; i++) entry(b, n);
    return b;
  }

  /** First, so that what is hidden is of the layers below, whatever a foreign tool makes of the order. */
  private void hide(LayerBuilder b) {
    for (int i = random.nextInt(6); i > 0; i--) {
      String name = any("dflo");
      if (name.isEmpty()) continue;
      if (names && inThisLayer.stream().anyMatch(m -> m.equals(name) || m.startsWith(name + "/"))) continue;
      if (names && name.indexOf('/') > 0) nameParents(b, name.substring(0, name.lastIndexOf('/')));
      if (tree.get(name) == 'd' && random.nextBoolean()) {
        if (names || random.nextBoolean()) add(b, name, attributes(TarEntry.directory(name), true), 'd');
        b.opaque(name);
        tree.keySet().removeIf(k -> k.startsWith(name + "/"));
      } else {
        b.whiteout(name);
        tree.keySet().removeIf(k -> k.equals(name) || k.startsWith(name + "/"));
      }
    }
  }

  private void entry(LayerBuilder b, int n) {
    String parent = any("d");
    if (!parent.isEmpty() && (names || random.nextInt(8) > 0)) {
      nameParents(b, parent);
    }
    String existing = replaces && random.nextInt(6) == 0 ? any("dflo") : "";
    if (names && existing.indexOf('/') > 0) nameParents(b, existing.substring(0, existing.lastIndexOf('/')));
    String name = !existing.isEmpty() ? existing : (parent.isEmpty() ? "" : parent + "/") + fresh(n);
    int kind = random.nextInt(20);
    if (!existing.isEmpty() && tree.get(existing) == 'd' && kind >= 6) kind = 0;
    if (kind >= 6 || kind < 2) drop(name, kind < 6);
    if (kind < 6) {
      drop(name, true);
      add(b, name, attributes(TarEntry.directory(name), true), 'd');
    } else if (kind < 14) {
      byte[] data = new byte[random.nextInt(4) == 0 ? random.nextInt(400_000) : random.nextInt(3000)];
      random.nextBytes(data);
      TarEntry f = attributes(TarEntry.file(name, data), true);
      if (random.nextInt(8) == 0) f.xattr("security.capability", CAP);
      add(b, name, f, 'f');
    } else if (kind < 16) {
      add(b, name, attributes(TarEntry.symlink(name, random.nextBoolean() ? "/" + any("dflo") : "../nowhere"), false), 'l');
    } else if (kind < 18) {
      String target = any("f");
      if (target.isEmpty() || target.equals(name) || names && !inThisLayer.contains(target)) return;
      add(b, name, TarEntry.hardlink(name, target), 'f');
    } else if (kind == 18) {
      add(b, name, attributes(TarEntry.character(name, 1 + random.nextInt(300), random.nextInt(70_000)), false), 'o');
    } else {
      add(b, name, attributes(TarEntry.fifo(name), false), 'o');
    }
  }

  private void nameParents(LayerBuilder b, String folder) {
    if (inThisLayer.contains(folder)) return;
    int slash = folder.lastIndexOf('/');
    if (slash > 0) nameParents(b, folder.substring(0, slash));
    add(b, folder, attributes(TarEntry.directory(folder), true), 'd');
  }

  private void drop(String name, boolean merges) {
    if (merges && tree.getOrDefault(name, 'x') == 'd') return;
    inThisLayer.removeIf(k -> k.startsWith(name + "/") || k.equals(name));
    tree.keySet().removeIf(k -> k.startsWith(name + "/"));
  }

  private void add(LayerBuilder b, String name, TarEntry e, char type) {
    b.add(e);
    tree.put(name, type);
    inThisLayer.add(name);
  }

  private TarEntry attributes(TarEntry e, boolean xattrs) {
    int[] modes = {0755, 0644, 0700, 01777, 04755, 02755, 0, 06711, 0500};
    e.mode(modes[random.nextInt(modes.length)]).owner(random.nextInt(3) == 0 ? random.nextLong(4_000_000_000L) : 0,
        random.nextInt(3) * 100_000L);
    e.mtime(random.nextLong(2_000_000_000L), random.nextInt(1_000_000_000));
    if (xattrs && random.nextInt(5) == 0) e.xattr("user.n" + random.nextInt(3), ("v" + random.nextInt()).getBytes(StandardCharsets.UTF_8));
    return e;
  }

  private String any(String types) {
    List<String> names = tree.entrySet().stream().filter(e -> types.indexOf(e.getValue()) >= 0).map(java.util.Map.Entry::getKey).toList();
    return names.isEmpty() ? "" : names.get(random.nextInt(names.size()));
  }

  private String fresh(int n) {
    String[] odd = {"straße", "a b", "-rf", "new\nline", "x".repeat(120)};
    return random.nextInt(12) == 0 ? odd[random.nextInt(odd.length)] + serial++ : "n" + n + "_" + serial++;
  }
}
