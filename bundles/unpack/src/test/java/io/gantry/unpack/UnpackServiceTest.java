package io.gantry.unpack;

import static io.gantry.unpack.World.COPY;
import static io.gantry.unpack.World.OVERLAY;
import static io.gantry.unpack.World.SCOPE;
import static io.gantry.unpack.World.layer;
import static io.gantry.unpack.World.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.service.content.Writer;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker.Progress;
import io.gantry.unpack.World.Run;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class UnpackServiceTest extends OneWorld {
  private static final Consumer<Progress> UNHEARD = p -> { };
  private final List<Layer> layers = List.of(layer("base"), layer("middle"), layer("top"));

  /** Counts down when a layer's first bytes are unpacked. */
  private static Consumer<Progress> when(Layer layer, String state, CountDownLatch reached) {
    return p -> {
      if (p.layer().equals(layer.digest()) && p.state().equals(state) && (p.offset() > 0 || !state.equals("unpacking"))) {
        reached.countDown();
      }
    };
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(20, TimeUnit.SECONDS));
  }

  private void unpacksAll(String snapshotter) throws Exception {
    assertEquals(Digest.chain(layers.stream().map(Layer::diffId).toList()).getLast(),
        world.unpack(request(snapshotter, layers), UNHEARD).answer());
    assertEquals(world.keys(layers), world.keys(snapshotter));
  }

  @Test
  void aSnapshotterThatNobodyKnows() {
    var e = assertThrows(NotFoundException.class, () -> world.unpacker.present(World.SCOPE, "zfs", List.of()));
    assertTrue(e.getMessage().startsWith("there is no driver snapshot/zfs to unpack with; known: ["), e.getMessage());
  }

  /** Ctrl-C while the upper layers are unpacked and the base is still on its way. */
  @Test
  void interruptedSideBySideNothingIsLeftAndNothingIsBlocked() throws Exception {
    world.bring(layers.subList(1, 3));
    try (Writer download = world.begin(layers.getFirst())) {
      var begun = new CountDownLatch(1);
      Run run = world.unpack(request(OVERLAY, layers), when(layers.getFirst(), "unpacking", begun));
      await(begun);
      assertTrue(world.drivers.ended.tryAcquire(2, 20, TimeUnit.SECONDS), "the upper ones are there and hold their keys");
      for (var tree : world.snapshots.list(SCOPE, OVERLAY, "", 10)) {
        assertTrue(tree.labels().containsKey("containerd.io/gc.root"), "the collection leaves it alone: " + tree);
      }
      run.thread().interrupt();
      assertInstanceOf(InterruptedIOException.class, run.failure());
      assertEquals(List.of(), world.keys(OVERLAY), "at once, not later");
      world.finish(layers.getFirst(), download);
    }
    unpacksAll(OVERLAY);
  }

  @Test
  void aDeadlineThatHasComeStopsNoCleaningUp() throws Exception {
    for (String s : List.of(OVERLAY, COPY)) {
      List<Layer> image = List.of(layer(s + " a"), layer(s + " b"));
      world.bring(image.subList(1, 2));
      try (Writer download = world.begin(image.getFirst())) {
        Run run = World.unpack(world.unpacker, SCOPE.within(Duration.ofSeconds(1)), request(s, image), UNHEARD);
        assertInstanceOf(UnavailableException.class, run.failure());
        assertEquals(List.of(), world.keys(s));
        world.finish(image.getFirst(), download);
      }
      world.unpack(request(s, image), UNHEARD).answer();
    }
  }

  @Test
  void interruptedOneAfterTheOtherNothingIsLeft() throws Exception {
    world.bring(List.of(layers.get(0), layers.get(2)));
    try (Writer download = world.begin(layers.get(1))) {
      var begun = new CountDownLatch(1);
      Run run = world.unpack(request(COPY, layers), when(layers.get(1), "unpacking", begun));
      await(begun);
      run.thread().interrupt();
      assertInstanceOf(InterruptedIOException.class, run.failure());
      assertEquals(world.keys(layers.subList(0, 1)), world.keys(COPY), "what is sealed stays");
      world.finish(layers.get(1), download);
    }
    unpacksAll(COPY);
  }

  /** One that was interrupted too late is done all the same; whoever gives up has to take it away. */
  @Test
  void whatIsDoneWhileAllIsGivenUpIsTakenAway() throws Exception {
    Layer wrong = layers.get(0).withDiffId(layers.get(1).diffId());
    world.bring(layers);
    var last = new CountDownLatch(1);
    var late = new CountDownLatch(1);
    world.drivers.late = late;
    Consumer<Progress> progress = p -> {
      boolean unpacking = p.state().equals("unpacking");
      if (p.layer().equals(wrong.digest()) && unpacking && p.offset() == 0) awaitQuietly(last, 20_000);
      if (p.layer().equals(layers.get(2).digest()) && unpacking && p.offset() == p.total()) {
        last.countDown();
        awaitQuietly(late, 20_000);
        awaitQuietly(new CountDownLatch(1), 200); // so that it is at work when it is looked at
      }
    };
    var failure = world.unpack(request(OVERLAY, List.of(wrong, layers.get(1), layers.get(2))), progress).failure();
    assertInstanceOf(CorruptException.class, failure);
    assertEquals(0, late.getCount());
    assertEquals(List.of(), List.of(failure.getSuppressed()));
    assertEquals(List.of(), world.keys(OVERLAY));
    unpacksAll(OVERLAY);
  }

  private static void awaitQuietly(CountDownLatch latch, long millis) {
    try {
      latch.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A whiteout of something below is done over the mounted parents. */
  @Test
  void interruptedOverItsParentsNoMountIsLeft() throws Exception {
    world.drivers.inPlace = true;
    List<Layer> image = List.of(new LayerBuilder().directory("d", 0755).file("d/x", "x").gzip(), new LayerBuilder().whiteout("d/x").gzip());
    world.bring(image);
    var begun = new AtomicInteger();
    Consumer<Progress> progress = p -> {
      boolean upper = p.layer().equals(image.getLast().digest()) && p.state().equals("unpacking");
      if (upper && p.offset() == 0) begun.incrementAndGet();
      if (upper && p.offset() > 0 && begun.get() == 2) Thread.currentThread().interrupt();
    };
    assertInstanceOf(InterruptedIOException.class, world.unpack(request(OVERLAY, image), progress).failure());
    assertEquals(2, begun.get());
    assertEquals(List.of(), world.halfMade());
    assertEquals(world.keys(image.subList(0, 1)), world.keys(OVERLAY), "what is sealed stays");
    world.unpack(request(OVERLAY, image), UNHEARD).answer();
    assertEquals(world.keys(image), world.keys(OVERLAY));
  }

  @Test
  void aLayerThatFailsTakesTheOthersAlong() throws Exception {
    world.bring(layers);
    for (String s : List.of(OVERLAY, COPY)) {
      for (int i = 0; i < 3; i++) {
        List<Layer> wrong = new ArrayList<>(layers);
        wrong.set(i, layers.get(i).withDiffId(layers.get((i + 1) % 3).diffId()));
        var failure = assertInstanceOf(CorruptException.class, world.unpack(request(s, wrong), UNHEARD).failure());
        assertTrue(failure.getMessage().contains(wrong.get(i).digest().toString()), failure.getMessage());
        assertEquals(List.of(), world.halfMade());
        assertEquals(i, world.keys(s).size(), "those below are sealed");
        assertEquals(i, world.unpacker.present(SCOPE, s, wrong.stream().map(Layer::diffId).toList()));
        for (String key : world.keys(layers.subList(0, i))) assertTrue(world.keys(s).contains(key));
        for (int below = i; below > 0; below--) world.snapshots.remove(SCOPE, s, top(layers.subList(0, below)));
      }
      unpacksAll(s);
    }
  }

  private String top(List<Layer> some) {
    return Digest.chain(some.stream().map(Layer::diffId).toList()).getLast().toString();
  }

  @Test
  void twoAtOnceUnpackEachLayerOnce() throws Exception {
    for (String s : List.of(OVERLAY, COPY)) {
      List<String> states = new CopyOnWriteArrayList<>();
      Consumer<Progress> progress = p -> {
        if (p.state().equals("unpacked")) states.add(p.layer() + " " + p.state());
      };
      List<Layer> images = List.of(layer(s + " a"), layer(s + " b"), layer(s + " c"));
      world.bring(images);
      List<Run> runs = new ArrayList<>();
      for (int i = 0; i < 4; i++) runs.add(world.unpack(request(s, images), progress));
      for (Run r : runs) assertEquals(top(images), r.answer().toString());
      assertEquals(images.stream().map(l -> l.digest() + " unpacked").sorted().toList(), states.stream().sorted().toList());
      assertEquals(world.keys(images), world.keys(s));
    }
  }

  @Test
  void theSecondGoesOnWhereTheFirstWasInterrupted() throws Exception {
    for (String s : List.of(OVERLAY, COPY)) {
      List<Layer> image = List.of(layer(s + " a"), layer(s + " b"));
      UnpackRequest request = request(s, image);
      world.bring(image.subList(1, 2));
      try (Writer download = world.begin(image.getFirst())) {
        var begun = new CountDownLatch(1);
        Run first = world.unpack(request, when(image.getFirst(), "unpacking", begun));
        await(begun);
        var mine = new CountDownLatch(1);
        Run second = world.unpack(request, when(image.getFirst(), "unpacking", mine));
        assertFalse(mine.await(200, TimeUnit.MILLISECONDS), "it waits for the first");
        first.thread().interrupt();
        assertInstanceOf(InterruptedIOException.class, first.failure());
        await(mine);
        world.finish(image.getFirst(), download);
        assertEquals(top(image), second.answer().toString());
      }
      assertEquals(world.keys(image), world.keys(s));
    }
  }

  /** As when a service that it needs was replaced in the midst of an unpacking. */
  @Test
  void anotherActivationGivesOtherNames() throws Exception {
    try (Writer download = world.begin(layers.getFirst())) {
      world.bring(layers.subList(1, 3));
      var begun = new CountDownLatch(1);
      Run first = world.unpack(request(COPY, layers), when(layers.getFirst(), "unpacking", begun));
      await(begun);
      var again = new CountDownLatch(1);
      Run second = World.unpack(world.startUnpacker(), request(COPY, layers), when(layers.getFirst(), "unpacking", again));
      await(again);
      world.finish(layers.getFirst(), download);
      assertEquals(first.answer(), second.answer());
    }
    assertEquals(world.keys(layers), world.keys(COPY));
  }

  /** A running one keeps what it holds, so that nobody unpacks the same beside it; what comes after has the new limits. */
  @Test
  void aChangedConfigurationHoldsAtOnce() throws Exception {
    List<Layer> other = List.of(layer("other"));
    world.bring(other);
    world.bring(layers.subList(1, 3));
    try (Writer download = world.begin(layers.getFirst())) {
      var begun = new CountDownLatch(1);
      Run first = world.unpack(request(OVERLAY, layers), when(layers.getFirst(), "unpacking", begun));
      await(begun);
      assertTrue(world.drivers.ended.tryAcquire(2, 20, TimeUnit.SECONDS), "the upper ones are there, with the limits of before");
      world.unpacker.modified(SettingsTest.config(Map.of("parallel", 1, "max.bytes", 100L)));
      var failure = assertInstanceOf(ExhaustedException.class, world.unpack(request(OVERLAY, other), UNHEARD).failure());
      assertTrue(failure.getMessage().contains("more than 100 bytes (unpack.cfg: max.bytes)"), failure.getMessage());
      world.unpacker.modified(SettingsTest.config(Map.of("max.ratio", 0L)));
      assertInstanceOf(ExhaustedException.class, world.unpack(request(OVERLAY, other), UNHEARD).failure(), "a wrong one changes nothing");
      world.unpacker.modified(SettingsTest.config(Map.of()));
      var again = new CountDownLatch(1);
      Run second = world.unpack(request(OVERLAY, layers), when(layers.getFirst(), "unpacking", again));
      world.finish(layers.getFirst(), download);
      assertEquals(first.answer(), second.answer());
      assertEquals(1, again.getCount(), "unpacked by the first alone");
    }
    unpacksAll(OVERLAY);
  }
}
