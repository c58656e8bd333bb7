package io.gantry.kit.rules;

import io.gantry.api.CorruptException;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Programs;
import io.gantry.spi.metadata.MetadataStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Damages the files of a metadata store, which it finds by what the last commit changed (M-7). */
final class Damage {
  private static final int BATCHES = 40;
  private final Trial<MetadataStore> t;
  private final Path before;
  private final Path after;

  Damage(Trial<MetadataStore> t) throws Exception {
    this.t = t;
    for (int i = 1; i < BATCHES; i++) t.driver().commit(MetadataContract.pair(i));
    before = copy(t.root());
    t.driver().commit(MetadataContract.pair(BATCHES));
    after = copy(t.root());
  }

  /** Each file that the last commit made longer loses some of what it got; all earlier batches must be there. */
  void cutEnds() throws Exception {
    int tried = 0;
    for (String name : changed()) {
      long old = Files.exists(before.resolve(name)) ? Files.size(before.resolve(name)) : 0;
      long grown = Files.size(after.resolve(name)) - old;
      for (long cut : new long[] {1, 5, grown / 2, grown - 1, grown}) {
        if (cut < 1 || cut > grown) continue;
        Path root = copy(after);
        try (FileChannel f = FileChannel.open(root.resolve(name), StandardOpenOption.WRITE)) {
          f.truncate(Files.size(after.resolve(name)) - cut);
        }
        String what = "with " + cut + " of the last " + grown + " bytes of " + name + " cut";
        whole(root, what);
        tried++;
      }
    }
    t.check(tried > 0, "a commit made no file in the driver's folder longer; where does it keep it?");
  }

  private void whole(Path root, String what) throws Exception {
    MetadataStore m = t.subject().open(root);
    for (int i = 1; i < BATCHES; i++) t.equal(2, MetadataContract.halves(m, i), "records of batch " + i + " of two, " + what);
    t.check(MetadataContract.halves(m, BATCHES) != 1, "half of the last batch is there, " + what);
    m.commit(MetadataContract.pair(BATCHES + 1));
    t.subject().close(m);
    MetadataStore again = t.subject().open(root);
    t.equal(2, MetadataContract.halves(again, BATCHES + 1), "records of a batch committed " + what + ", after one more start");
    t.subject().close(again);
  }

  /** One bit in the middle of each file that commits change: all records are right all the same, or the damage is named. */
  void flippedBytes() throws Exception {
    int tried = 0;
    for (String name : changed()) {
      long size = Files.exists(before.resolve(name)) ? Files.size(before.resolve(name)) : 0;
      for (long at : new long[] {size / 5, size / 3, size / 2}) {
        if (at < 1) continue;
        Path root = copy(after);
        byte[] bytes = Files.readAllBytes(root.resolve(name));
        bytes[(int) at] ^= 0x10;
        Files.write(root.resolve(name), bytes);
        said(root, name, bytes, at);
        tried++;
      }
    }
    t.check(tried > 0, "a commit changed no file in the driver's folder; where does it keep it?");
  }

  private void said(Path root, String name, byte[] damaged, long at) throws Exception {
    String what = "with byte " + at + " of " + name + " changed";
    MetadataStore m = null;
    try {
      m = t.subject().open(root);
      for (int i = 1; i <= BATCHES; i++) {
        t.equal(2, MetadataContract.halves(m, i), "records of batch " + i + " of two, " + what + " and nothing said");
      }
    } catch (CorruptException e) {
      String file = Path.of(name).getFileName().toString();
      t.check(e.getMessage().contains(file) && e.getMessage().matches("(?s).*\\d.*"), what
          + ": the message does not name file and position: " + e.getMessage());
      t.check(Files.exists(root.resolve(name)) && Arrays.equals(damaged, Files.readAllBytes(root.resolve(name))), what
          + ": the file was thrown away or changed");
    } finally {
      if (m != null) t.subject().close(m);
    }
  }

  private List<String> changed() throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(after)) {
      walk.filter(Files::isRegularFile).forEach(f -> files.put(after.relativize(f).toString(), f));
    }
    List<String> names = new ArrayList<>();
    for (var e : files.entrySet()) {
      Path old = before.resolve(e.getKey());
      if (!Files.exists(old) || Files.mismatch(old, e.getValue()) >= 0) names.add(e.getKey());
    }
    return names;
  }

  private Path copy(Path folder) throws IOException {
    Path copy = t.scratch("copy").resolve("root");
    Programs.output("cp", "-a", "--sparse=always", folder.toString(), copy.toString());
    return copy;
  }
}
