package io.gantry.transfer;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.oci.json.Json;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Brings blobs of one image into the content store, each once, and labels them with where they come from. */
final class Download {
  /** How long a write of somebody else may stand still before we no longer wait for it. */
  private static final Duration STILL = Duration.ofSeconds(60);

  private static final int BUFFER = 256 << 10;
  private static final int MAX_REWINDS = 64;

  private final Mover core;
  private final Scope scope;
  private final Resolved image;
  private final Tracker tracker;
  private final LongAdder fetched;
  private final String sourceLabel;

  Download(Mover core, Scope scope, Resolved image, Tracker tracker, LongAdder fetched) {
    this.core = core;
    this.scope = scope;
    this.image = image;
    this.tracker = tracker;
    this.fetched = fetched;
    this.sourceLabel = Sources.label(image.reference().host());
  }

  /** A manifest, index or config, which is read whole later on. */
  void document(Descriptor d) throws IOException {
    if (d.size() > Json.MAX_BYTES) {
      throw new ExhaustedException("image " + image.reference() + ": document " + d.digest() + " takes " + d.size() + " bytes, at most "
          + Json.MAX_BYTES
          + " are read");
    }
    bring(d, () -> fetch(d));
  }

  /**
   * Layers and the like as work of a group, several beside each other in their order; no more at once than the configuration allows, over
   * all pulls.
   *
   * @return zero once none is fetched any more
   */
  CountDownLatch layers(Collection<Descriptor> wanted, WorkGroup group) {
    Queue<Descriptor> queue = new ConcurrentLinkedQueue<>(wanted);
    int workers = Math.min(queue.size(), core.settings().downloads());
    CountDownLatch fetching = new CountDownLatch(workers);
    for (int i = 0; i < workers; i++) {
      group.start("pull-" + image.reference().repository() + "-layers-" + i, true, () -> {
        try {
          for (Descriptor d = queue.poll(); d != null; d = queue.poll()) layer(d);
        } finally {
          fetching.countDown();
        }
      });
    }
    return fetching;
  }

  /** Waits for all work of a group; where the disk is full, what was fetched of the wanted gives back its room. */
  void join(Collection<Descriptor> wanted, WorkGroup group) throws IOException {
    try {
      group.join("pulling " + image.reference());
    } catch (ExhaustedException e) {
      for (Descriptor d : wanted) forgetUseless(MediaTypes.ref(d.mediaType(), d.digest()), e); // those beside it were only interrupted
      throw e;
    }
  }

  private void layer(Descriptor d) throws IOException {
    bring(d, () -> {
      Waiting.within(scope, "to fetch " + d.digest(), nanos -> core.connections().tryAcquire(nanos, TimeUnit.NANOSECONDS));
      try {
        fetch(d);
      } finally {
        core.connections().release();
      }
    });
  }

  /** Held before looked for: a collection that comes before takes it, and it is fetched; one that comes after finds it held. */
  private void bring(Descriptor d, SingleFlight.Work work) throws IOException {
    core.leases().hold(scope, "content", d.digest().toString());
    while (true) {
      Optional<Info> there = core.contents().find(scope, d.digest());
      if (there.isPresent()) {
        source(there.get());
        tracker.blob(d, "exists", 0);
        return;
      }
      tracker.blob(d, "waiting", 0);
      if (core.flights().first(scope, d.digest(), work)) return;
    }
  }

  private void fetch(Descriptor d) throws IOException {
    String ref = MediaTypes.ref(d.mediaType(), d.digest());
    try {
      fetch(d, ref);
    } catch (IOException | RuntimeException e) {
      forgetUseless(ref, e);
      throw e;
    }
  }

  private void fetch(Descriptor d, String ref) throws IOException {
    Map<String, String> labels = Map.of(sourceLabel, image.reference().repository());
    Optional<Writer> opened = open(new WriterSpec(ref, Optional.of(d.digest()), OptionalLong.of(d.size()), labels));
    if (opened.isEmpty()) {
      tracker.blob(d, "exists", 0);
      return;
    }
    try (Writer writer = opened.get(); Fetch source = new Fetch(core.registries(), scope, image, d, fetched,
        at -> tracker.blob(d, "downloading", at))) {
      long offset = writer.status().offset();
      tracker.blob(d, "downloading", offset);
      try {
        copy(writer, source, d.size());
        tracker.blob(d, "committing", d.size());
        writer.commit(d.digest(), d.size());
      } catch (CorruptException e) {
        if (source.failed()) throw e; // the registry itself said so, and the message says who
        core.contents().find(scope, d.digest()); // tells where what is damaged is the record, while the bytes are right and kept
        String from = source.from().isEmpty() ? "what was kept of an earlier try" : source.from();
        throw new CorruptException("pulling " + image.reference() + ": " + ref + " from " + from
            + " is not what was promised, and was thrown away",
            e.expected(), e.actual());
      }
    }
    tracker.blob(d, "done", d.size());
  }

  /**
   * A write without a byte is nothing to go on from, and nobody may ever come for it; one that filled the disk keeps the room that is
   * missing. Any other waits with its bytes for the next try. Other layers of the pull may fail at the same moment and interrupt this one.
   */
  private void forgetUseless(String ref, Exception why) {
    CleanUp.after(why, scope, last -> {
      Optional<Status> left = core.contents().status(last, ref);
      boolean useless = left.isPresent() && (left.get().offset() == 0 || why instanceof ExhaustedException);
      if (useless) core.contents().abort(last, ref); // refused where somebody writes again
    });
  }

  /**
   * The source mends itself, so that a failure of it is final; only where the store has fewer bytes than it took (after a crash of its disk
   * or a forced fence) it is opened anew.
   */
  private static void copy(Writer writer, Fetch source, long size) throws IOException {
    byte[] bytes = new byte[BUFFER];
    for (int rewinds = 0; writer.status().offset() < size; rewinds++) {
      try (InputStream in = source.open(writer.status().offset())) {
        for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) writer.write(ByteBuffer.wrap(bytes, 0, n));
      } catch (ConflictException e) {
        if (rewinds == MAX_REWINDS) throw e;
      }
    }
  }

  /** The writer, or nothing where the blob is there; waits for another writer of the ref as long as that one gets on. */
  private Optional<Writer> open(WriterSpec spec) throws IOException {
    long pause = 16;
    long offset = -1;
    Instant moved = Instant.now();
    while (true) {
      try {
        return Optional.of(core.contents().writer(scope, spec));
      } catch (AlreadyExistsException e) {
        return Optional.empty();
      } catch (UnavailableException e) {
        Optional<Status> status = core.contents().status(scope, spec.ref());
        if (status.isPresent() && status.get().offset() != offset) {
          offset = status.get().offset();
          moved = Instant.now();
        }
        Instant now = Instant.now();
        if (now.isAfter(moved.plus(STILL)) || now.isAfter(scope.deadline())) throw e;
        if (!core.registries().pauses().pause(Duration.ofMillis(pause), "for another writer of " + spec.ref())) throw e;
      }
      pause = Math.min(pause * 2, 1000);
    }
  }

  /** Adds the repository to those the blob is known to come from, so that a later push can mount it. */
  private void source(Info info) throws IOException {
    Set<String> repositories = new LinkedHashSet<>(Arrays.asList(info.labels().getOrDefault(sourceLabel, "").split(",")));
    repositories.remove("");
    if (!repositories.add(image.reference().repository())) return;
    String joined = String.join(",", repositories);
    if (joined.length() < 2048) core.contents().label(scope, info.digest(), Map.of(sourceLabel, joined));
  }
}
