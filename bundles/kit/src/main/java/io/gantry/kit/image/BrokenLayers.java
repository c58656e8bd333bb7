package io.gantry.kit.image;

import static io.gantry.kit.image.TarEntry.file;
import static io.gantry.kit.image.TarHeader.ascii;

import io.gantry.api.ExhaustedException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Archives whose headers lie, stop or never stop. */
public final class BrokenLayers {
  /** No reader of {@link #tooLarge} may allow as much for one header. */
  public static final int LARGE = 4 << 20;

  private static final List<Class<? extends GantryException>> BROKEN = List.of(InvalidException.class);
  private static final List<Class<? extends GantryException>> EITHER =
      List.of(InvalidException.class, ExhaustedException.class);
  private final List<BrokenLayer> all = new ArrayList<>();

  private BrokenLayers() {}

  /** Archives that are broken. */
  public static List<BrokenLayer> broken() {
    var b = new BrokenLayers();
    b.headers();
    b.cuts();
    b.records();
    b.sparse();
    return List.copyOf(b.all);
  }

  /** Archives with headers of more than {@link #LARGE} bytes, or that say so; a reader must give up before it has kept them. */
  public static List<BrokenLayer> tooLarge() {
    var b = new BrokenLayers();
    byte[] name = new byte[LARGE + 1];
    Arrays.fill(name, (byte) 'n');
    b.large("PAX path of 4 MiB", new LayerBuilder().add(file(name, new byte[0])).tar());
    b.large("GNU name of 4 MiB", new LayerBuilder().add(file(name, new byte[0]).style(TarStyle.GNU)).tar());
    b.large("GNU link of 4 MiB", new LayerBuilder().add(TarEntry.symlink(ascii("l"), name).style(TarStyle.GNU)).tar());
    b.large("xattr of 4 MiB", new LayerBuilder().add(file("f", "").xattr("user.big", name)).tar());
    for (char type : new char[] {'x', 'g', 'L', 'K'}) {
      byte[] claim = TarEntry.of(type, ascii("claim")).raw(TarField.SIZE, TarHeader.base256(12, 1L << 60)).bytes();
      b.add("header " + type + " that says 2^60 bytes", new LayerBuilder().raw(claim).raw(new byte[1 << 20]).open(), EITHER);
    }
    var endless = new LayerBuilder();
    byte[] records = new Pax().put("comment", new byte[60_000]).bytes();
    for (int i = 0; i < LARGE / 60_000 + 2; i++) endless.raw(TarEntry.extension('x', records));
    b.add("PAX headers one after another", endless.file("f", "").tar(), EITHER);
    return List.copyOf(b.all);
  }

  private void headers() {
    TarEntry after = file("after", "after");
    entry("wrong checksum", file("f", "data").wrongChecksum(), after);
    entry("checksum of letters", file("f", "data").raw(TarField.CHECKSUM, ascii("zzzzzz\0 ")), after);
    entry("unknown type", TarEntry.of('?', ascii("f")), after);
    for (TarField f : List.of(TarField.MODE, TarField.UID, TarField.GID, TarField.SIZE, TarField.MTIME)) {
      entry(f + " of letters", file("f", "").raw(f, ascii("12zz\0")), after);
    }
    entry("negative size", file("f", "").raw(TarField.SIZE, TarHeader.base256(12, -512)), after);
    entry("size of 2^62", file("f", "data").raw(TarField.SIZE, TarHeader.base256(12, 1L << 62)), after);
    byte[] full = new byte[12];
    Arrays.fill(full, (byte) 0xff);
    full[0] = (byte) 0xbf;
    entry("size over 64 bits", file("f", "").raw(TarField.SIZE, full), after);
    entry("uid over 32 bits", file("f", "").owner(1L << 32, 0), after);
    entry("negative uid", file("f", "").style(TarStyle.GNU).owner(-1, 0), after);
    entry("device number over 32 bits", TarEntry.character("c", 1L << 33, 0), after);
    entry("NUL in a name", file(new byte[] {'a', 0, 'b'}, new byte[0]), after);
    entry("NUL in a symlink", TarEntry.symlink(ascii("l"), new byte[] {'a', 0, 'b'}), after);
    add("noise", noise(), BROKEN);
  }

  private void cuts() {
    byte[] tar = new LayerBuilder().file("before", "b").add(file("f", new byte[5000]).pax("comment", "c".repeat(900))).open();
    // the blocks: before's header and data, PAX header and two of records, f's header, ten of data
    cut("in a header", tar, 512 * 5 + 100);
    cut("in PAX records", tar, 512 * 3 + 200);
    cut("behind PAX records", tar, 512 * 5);
    cut("at the start of data", tar, 512 * 6);
    cut("in data", tar, 512 * 8 + 77);
    add("size beyond the end", new LayerBuilder().add(file("f", "data").size(100_000)).tar(), BROKEN);
    add("PAX header, then the end", new LayerBuilder().raw(TarEntry.extension('x', new Pax().put("path", "p").bytes())).tar(), BROKEN);
    add("long name, then the end", new LayerBuilder().raw(TarEntry.extension('L', ascii("name\0"))).tar(), BROKEN);
  }

  private void records() {
    for (String record : List.of("0 a=b\n", "5 ab\n", "99 a=b\n", "7 a=bcdefgh", "a=b\n", "-6 a=b\n", "6 a=b", " 6 a=b\n",
        "99999999999999999999 a=b\n",
        "6 a=bX")) {
      entry("PAX record '" + record.replace("\n", "\\n") + "'", file("f", "").pax(new Pax().raw(ascii(record))));
    }
    for (String size : List.of("-1", "x", "", "9223372036854775808", "1e3")) {
      entry("PAX size '" + size + "'", file("f", "").pax("size", size));
    }
    for (String time : List.of("soon", "1e400", "1.2.3", "99999999999999999999999")) {
      entry("PAX mtime '" + time + "'", file("f", "").pax("mtime", time));
    }
    for (String uid : List.of("-1", "4294967296", "root")) entry("PAX uid '" + uid + "'", file("f", "").pax("uid", uid));
  }

  private void sparse() {
    sparse("map beyond the size", "10", "1", "8,4", 4);
    sparse("map that goes back", "100", "2", "50,2,10,2", 4);
    sparse("map that overlaps", "100", "2", "10,4,12,4", 8);
    sparse("map with a negative offset", "100", "1", "-4,4", 4);
    sparse("map of odd length", "100", "1", "4", 4);
    sparse("map over 64 bits", "100", "1", "9223372036854775807,4", 4);
    sparse("map with more data than there are", "100", "1", "0,50", 4);
    sparse("2^31 chunks", "100", "2147483648", "0,4", 4);
    entry("GNU.sparse.realsize negative", file("f", "1\n0\n0\n").pax("GNU.sparse.major", "1").pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.realsize", "-1").pax("GNU.sparse.name", "f"));
  }

  private void sparse(String name, String size, String blocks, String map, int data) {
    entry("sparse " + name, file("f", new byte[data]).pax("GNU.sparse.size", size).pax("GNU.sparse.numblocks", blocks)
        .pax("GNU.sparse.map", map));
  }

  private void entry(String name, TarEntry... entries) {
    add(name, new LayerBuilder().file("before", "b").add(entries).tar(), BROKEN);
  }

  private void cut(String where, byte[] tar, int length) {
    add("cut " + where, Arrays.copyOf(tar, length), BROKEN);
  }

  private void large(String name, byte[] tar) {
    add(name, tar, List.of(ExhaustedException.class));
  }

  private void add(String name, byte[] tar, List<Class<? extends GantryException>> errors) {
    all.add(new BrokenLayer(name, tar, errors));
  }

  private static byte[] noise() {
    byte[] noise = new byte[8192];
    new Random(42).nextBytes(noise);
    noise[0] = 'n';
    return noise;
  }
}
