package io.gantry.records;

import static io.gantry.records.Kept.OTHER;
import static io.gantry.records.Kept.SCOPE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.service.record.Image;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageRecordsTest {
  private static final String REDIS = "docker.io/library/redis:latest";
  @TempDir Path root;
  private Kept kept;

  @BeforeEach
  void open() throws IOException {
    kept = new Kept(root);
  }

  @AfterEach
  void close() throws IOException {
    kept.close();
  }

  /** A digest of one repeated digit. */
  private static Digest digest(char hex) {
    return Digest.parse("sha256:" + String.valueOf(hex).repeat(64));
  }

  private static Descriptor target(char hex) {
    return new Descriptor("application/vnd.oci.image.manifest.v1+json", digest(hex), 7, Map.of("note", "é\"", "a", ""),
        Optional.of(Platform.parse("linux/arm64")), List.of("https://example.org/a"));
  }

  @Test
  void keepsTheWholeTargetAlsoOverAReopening() throws Exception {
    Image made = kept.images.create(SCOPE, REDIS, target('a'), Map.of("k", "v"));
    assertEquals(new Image(REDIS, target('a'), Map.of("k", "v"), made.created(), made.created(), made.revision()), made);
    kept.close();
    kept = new Kept(root);
    assertEquals(made, kept.images.get(SCOPE, REDIS));
    assertEquals(List.of(made), kept.images.list(SCOPE, "", 10));
  }

  @Test
  void aNameIsTakenInItsNamespaceAlone() throws Exception {
    kept.images.create(SCOPE, REDIS, target('a'), Map.of());
    var e = assertThrows(AlreadyExistsException.class, () -> kept.images.create(SCOPE, REDIS, target('b'), Map.of()));
    assertTrue(e.getMessage().contains(REDIS), e.getMessage());
    kept.images.create(OTHER, REDIS, target('b'), Map.of());
    kept.images.remove(SCOPE, REDIS);
    assertEquals(Optional.empty(), kept.images.find(SCOPE, REDIS));
    assertEquals(target('b'), kept.images.get(OTHER, REDIS).target());
    assertThrows(InvalidException.class, () -> kept.images.create(SCOPE, "", target('a'), Map.of()));
    assertThrows(InvalidException.class, () -> kept.images.put(SCOPE, "", target('a'), Map.of()));
    var gone = assertThrows(NotFoundException.class, () -> kept.images.get(SCOPE, REDIS));
    assertTrue(gone.getMessage().contains(REDIS) && gone.getMessage().contains("dist:pull"), gone.getMessage());
    assertThrows(NotFoundException.class, () -> kept.images.remove(SCOPE, REDIS));
    assertThrows(NotFoundException.class, () -> kept.images.label(SCOPE, REDIS, Map.of("a", "b")));
  }

  @Test
  void annotationsThatCouldNotBeReadAgainAreRefused() throws Exception {
    Descriptor d = target('a');
    var annotated = new Descriptor(d.mediaType(), d.digest(), 7, Map.of("k".repeat(60_000), ""), Optional.empty(), List.of());
    var e = assertThrows(InvalidException.class, () -> kept.images.put(SCOPE, REDIS, annotated, Map.of()));
    assertTrue(e.getMessage().endsWith("'; at most 4096 are kept"), e.getMessage());
    assertEquals(Optional.empty(), kept.images.find(SCOPE, REDIS));
    Image made = kept.images.create(SCOPE, REDIS, d, Map.of());
    assertThrows(InvalidException.class, () -> kept.images.update(SCOPE, new Image(REDIS, annotated, Map.of(), Instant.EPOCH, Instant.EPOCH,
        0), List.of("annotations")));
    assertEquals(made, kept.images.get(SCOPE, REDIS));
  }

  @Test
  void putMakesAndMovesAndKeepsLabels() throws Exception {
    Image made = kept.images.put(SCOPE, REDIS, target('a'), Map.of("a", "1", "b", "2"));
    Image moved = kept.images.put(SCOPE, REDIS, target('b'), Map.of("b", "3", "c", "4"));
    assertEquals(new Image(REDIS, target('b'), Map.of("a", "1", "b", "3", "c", "4"), made.created(), moved.updated(), moved.revision()),
        moved);
    assertTrue(moved.revision() > made.revision());
    Image bare = kept.images.label(SCOPE, REDIS, Map.of("a", "", "b", "", "c", ""));
    assertEquals(new Image(REDIS, target('b'), Map.of(), made.created(), bare.updated(), bare.revision()), bare);
    assertEquals(bare, kept.images.get(SCOPE, REDIS));
    kept.images.remove(SCOPE, REDIS);
    assertEquals(List.of("default /images/create {labels={a=1, b=2}, name=" + REDIS + "}",
        "default /images/update {labels={a=1, b=3, c=4}, name=" + REDIS + "}", "default /images/update {labels={}, name=" + REDIS + "}",
        "default /images/delete {name=" + REDIS + "}"), kept.told.lines());
  }

  /** Pulls of one name and its removal at the same time: each put answers, and the name is as one of them left it. */
  @Test
  void manyMayPutAndRemoveAtOnce() throws Exception {
    try (var pool = Executors.newFixedThreadPool(4)) {
      List<Future<Image>> puts = new ArrayList<>();
      List<Future<?>> removes = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        char hex = "0123456789abcdef".charAt(i % 16);
        puts.add(pool.submit(() -> kept.images.put(SCOPE, REDIS, target(hex), Map.of())));
        removes.add(pool.submit(() -> {
          try {
            kept.images.remove(SCOPE, REDIS);
          } catch (NotFoundException e) {
            return null; // another one removed it
          }
          return null;
        }));
      }
      for (int i = 0; i < 30; i++) assertEquals(target("0123456789abcdef".charAt(i % 16)), puts.get(i).get().target());
      for (Future<?> f : removes) f.get();
    }
    Image last = kept.images.put(SCOPE, REDIS, target('f'), Map.of());
    assertEquals(last, kept.images.get(SCOPE, REDIS));
  }

  @Test
  void resolvesWhatAUserMeans() throws Exception {
    Image redis = kept.images.create(SCOPE, REDIS, target('a'), Map.of());
    Image seven = kept.images.create(SCOPE, "docker.io/library/redis:7", target('b'), Map.of());
    Image mine = kept.images.create(SCOPE, "registry.example:5000/team/app:v1", target('c'), Map.of());
    Image odd = kept.images.create(SCOPE, "my own words", target('d'), Map.of());
    Image twin = kept.images.create(SCOPE, "registry.example:5000/team/redis:latest", target('a'), Map.of());
    for (String text : List.of(REDIS, "redis", "redis:latest", "docker.io/redis", "redis@" + digest('a'), digest('a').toString(),
        "a".repeat(12), "sha256:aaaa")) {
      assertEquals(redis, kept.images.resolve(SCOPE, text), text);
    }
    assertEquals(seven, kept.images.resolve(SCOPE, "redis:7"));
    for (String text : List.of("registry.example:5000/team/app:v1", "app:v1", "team/app:v1", "v1", "cccc")) {
      assertEquals(mine, kept.images.resolve(SCOPE, text), text);
    }
    assertEquals(odd, kept.images.resolve(SCOPE, "my own words"));
    assertEquals(twin, kept.images.resolve(SCOPE, "team/redis:latest"));
    for (String text : List.of("redis:8", "redis@" + digest('b'), "ccc", "", "nothing", "edis:latest", digest('e').toString())) {
      assertThrows(NotFoundException.class, () -> kept.images.resolve(SCOPE, text), text);
    }
    assertThrows(NotFoundException.class, () -> kept.images.resolve(OTHER, "redis"));
  }

  @Test
  void whatMeansSeveralIsRefused() throws Exception {
    kept.images.create(SCOPE, "one.example/app:v1", target('a'), Map.of());
    kept.images.create(SCOPE, "two.example/app:v1", target('b'), Map.of());
    var e = assertThrows(InvalidException.class, () -> kept.images.resolve(SCOPE, "app:v1"));
    assertTrue(e.getMessage().contains("one.example/app:v1") && e.getMessage().contains("two.example/app:v1"), e.getMessage());
  }

  @Test
  void anUpdateReplacesWhatItsMaskNames() throws Exception {
    Image made = kept.images.create(SCOPE, REDIS, target('a'), Map.of("a", "1", "b", "2"));
    kept.told.news();
    Image given = new Image(REDIS, Descriptor.of("other", digest('b'), 9), Map.of("a", "3", "b", "", "c", "4"), Instant.EPOCH,
        Instant.EPOCH,
        77);
    Image one = kept.images.update(SCOPE, given, List.of("labels.a", "labels.never"));
    assertEquals(new Image(REDIS, target('a'), Map.of("a", "3", "b", "2"), made.created(), one.updated(), one.revision()), one);
    assertEquals(Map.of("a", "3"), kept.images.update(SCOPE, given, List.of("labels.b")).labels(), "an empty value removes");
    Image two = kept.images.update(SCOPE, given, List.of("target", "labels.c"));
    assertEquals(new Image(REDIS, given.target(), Map.of("a", "3", "c", "4"), made.created(), two.updated(), two.revision()), two);
    Image noted = new Image(REDIS, target('c'), Map.of(), Instant.EPOCH, Instant.EPOCH, 0);
    assertEquals(Map.of("note", "é\""), kept.images.update(SCOPE, noted, List.of("annotations.note")).target().annotations());
    assertEquals(target('c').annotations(), kept.images.update(SCOPE, noted, List.of("annotations")).target().annotations());
    assertEquals(digest('b'), kept.images.get(SCOPE, REDIS).target().digest());
    Image all = kept.images.update(SCOPE, given, List.of());
    assertEquals(new Image(REDIS, given.target(), Map.of("a", "3", "c", "4"), made.created(), all.updated(), all.revision()), all);
    assertEquals(Map.of(), kept.images.update(SCOPE, noted, List.of("labels")).labels());
    assertEquals(7, kept.told.news().size());
    var e = assertThrows(InvalidException.class, () -> kept.images.update(SCOPE, given, List.of("labels.a", "name")));
    assertEquals("cannot update \"name\" field on image \"" + REDIS + "\"", e.getMessage());
    for (String path : List.of("labels.", "annotations.", "target.size", "created_at", "")) {
      assertThrows(InvalidException.class, () -> kept.images.update(SCOPE, given, List.of(path)), path);
    }
    assertThrows(NotFoundException.class, () -> kept.images.update(OTHER, given, List.of()));
    assertEquals(List.of(), kept.told.news());
    assertEquals(Map.of(), kept.images.get(SCOPE, REDIS).labels(), "what was refused changed nothing");
  }

  @Test
  void aTargetHasBytes() throws Exception {
    Descriptor none = Descriptor.of("m", digest('a'), 0);
    assertThrows(InvalidException.class, () -> kept.images.create(SCOPE, "a", none, Map.of()));
    assertThrows(InvalidException.class, () -> kept.images.put(SCOPE, "a", none, Map.of()));
    Image made = kept.images.create(SCOPE, "a", target('a'), Map.of());
    assertThrows(InvalidException.class, () -> kept.images.put(SCOPE, "a", none, Map.of()));
    var e = assertThrows(InvalidException.class,
        () -> kept.images.update(SCOPE, new Image("a", none, Map.of(), Instant.EPOCH, Instant.EPOCH,
        0), List.of("target")));
    assertTrue(e.getMessage().contains("must be greater than zero"), e.getMessage());
    assertEquals(made, kept.images.get(SCOPE, "a"));
  }
}
