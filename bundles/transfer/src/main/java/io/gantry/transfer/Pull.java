package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.Document;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.Index;
import io.gantry.oci.Manifest;
import io.gantry.oci.MediaTypes;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One pull, from a reference to the record of an image. Documents first, one after the other; then layers, fetched beside each other and
 * beside their unpacking; the record last, so that an image that is listed is whole.
 */
final class Pull {
  private static final Duration UNPACK_AGAIN = Duration.ofMillis(250);

  /** An image for the wanted platform. */
  private record Chosen(Descriptor descriptor, Manifest manifest, ImageConfig config) {}

  private final Mover core;
  private final Scope scope;
  private final PullRequest request;
  private final String snapshotter;
  private final Tracker tracker;
  private final LongAdder fetched = new LongAdder();
  private Resolved resolved;
  private Download download;

  Pull(Mover core, Scope scope, PullRequest request, Tracker tracker) {
    this.core = core;
    this.scope = scope;
    this.request = request;
    this.tracker = tracker;
    this.snapshotter = request.snapshotter().isEmpty() ? core.settings().snapshotter() : request.snapshotter();
  }

  Pulled run() throws IOException {
    String name = request.reference().toString();
    core.unpacker().present(scope, snapshotter, List.of()); // where nobody can unpack, nothing is fetched
    tracker.image(name, "resolving");
    resolved = core.registries().resolve(scope, request.reference());
    tracker.image(name, "resolved");
    download = new Download(core, scope, resolved, tracker, fetched);
    List<String> offers = new ArrayList<>();
    Chosen chosen = choose(resolved.target(), Documents.DEPTH, offers).orElseThrow(() -> nothing(offers));
    layers(chosen);
    Image image = core.images().put(scope, name, resolved.target(), Map.of());
    tracker.image(name, "done");
    return new Pulled(image, Documents.size(chosen.descriptor, chosen.manifest), fetched.sum());
  }

  private NotFoundException nothing(List<String> offers) {
    return new NotFoundException(
        "image " + request.reference() + " has nothing for " + request.platform() + "; it has " + (offers.isEmpty() ? "no platform at all"
        : String.join(", ", offers)));
  }

  /** Fetches documents down to the image for the platform; what does not fit is told in {@code offers}. */
  private Optional<Chosen> choose(Descriptor d, int depth, List<String> offers) throws IOException {
    if (depth == 0) {
      throw new UnsupportedException("image " + request.reference() + " has indexes in indexes, deeper than " + Documents.DEPTH);
    }
    check(d);
    download.document(d);
    Document document = core.documents().read(scope, d);
    if (document instanceof Manifest manifest) return image(d, manifest, offers);
    Index index = (Index) document;
    core.contents().label(scope, d.digest(), References.of(index));
    offers.addAll(index.platforms());
    for (Descriptor child : index.choose(request.platform())) {
      Optional<Chosen> found = choose(child, depth - 1, offers);
      if (found.isPresent()) return found;
    }
    return Optional.empty();
  }

  private void check(Descriptor d) throws UnsupportedException {
    if (MediaTypes.isSchema1(d.mediaType())) {
      throw new UnsupportedException("image " + request.reference() + " is a Docker schema 1 manifest; push it again with a current tool");
    }
    if (!MediaTypes.isIndex(d.mediaType()) && !MediaTypes.isManifest(d.mediaType())) {
      throw new UnsupportedException("image " + request.reference() + " names a " + d.mediaType()
          + ", which is neither a manifest nor an index");
    }
  }

  private Optional<Chosen> image(Descriptor d, Manifest manifest, List<String> offers) throws IOException {
    if (!manifest.isImage()) {
      String type = manifest.artifactType().isEmpty() ? manifest.config().mediaType() : manifest.artifactType();
      throw new UnsupportedException(request.reference() + " is no image but an artifact of type " + type);
    }
    download.document(manifest.config());
    ImageConfig config = core.documents().config(scope, manifest.config());
    Platform wanted = request.platform();
    if (!Documents.fits(config, wanted)) {
      String has = config.platform().orElseThrow().toString();
      String told = d.platform().map(Platform::toString).orElse(has);
      offers.remove(told);
      offers.add(told.equals(has) ? has : has + " (so the config of " + d.digest() + " says; the index has it as " + told + ")");
      return Optional.empty();
    }
    Documents.checkLayers(d, manifest, config);
    core.contents().label(scope, d.digest(), References.of(manifest));
    return Optional.of(new Chosen(d, manifest, config));
  }

  /** Fetches and unpacks what is not there, and ties the snapshots to the config. */
  private void layers(Chosen chosen) throws IOException {
    List<Descriptor> layers = chosen.manifest.layers();
    List<Digest> diffIds = chosen.config.diffIds();
    if (layers.isEmpty()) return;
    int present = core.unpacker().present(scope, snapshotter, diffIds);
    Map<Digest, Descriptor> wanted = new LinkedHashMap<>();
    for (Descriptor d : layers.subList(present, layers.size())) wanted.putIfAbsent(d.digest(), d);
    for (int i = 0; i < layers.size(); i++) tracker.layer(layers.get(i), i < present);
    List<String> refs = layers.stream().map(d -> MediaTypes.ref(d.mediaType(), d.digest())).toList();
    UnpackRequest unpack = new UnpackRequest(snapshotter, layers, diffIds, refs);
    Queue<Descriptor> queue = new ConcurrentLinkedQueue<>(wanted.values()); // from the bottom up, as they are unpacked
    int workers = Math.min(wanted.size(), core.settings().downloads());
    CountDownLatch fetching = new CountDownLatch(workers);
    WorkGroup group = new WorkGroup();
    for (int i = 0; i < workers; i++) {
      group.start("pull-" + request.reference().repository() + "-layers-" + i, true, () -> {
        try {
          download.layers(queue);
        } finally {
          fetching.countDown();
        }
      });
    }
    group.start("pull-" + request.reference().repository() + "-unpack", false, () -> unpack(unpack, fetching));
    try {
      group.join("pulling " + request.reference());
    } catch (ExhaustedException e) {
      for (Descriptor d : wanted.values()) download.forget(d, e); // those beside it were only interrupted
      throw e;
    }
    wanted.values().forEach(d -> tracker.unpacked(d, "done"));
    core.contents().label(scope, chosen.manifest.config().digest(), References.snapshot(snapshotter, diffIds));
  }

  /**
   * Unpacks. Whoever unpacks gives up on bytes that stand still for long, and does not know that a registry wants us to wait, or that other
   * pulls have all connections: while bytes are on their way it begins again, which costs at most the layers it was at.
   */
  private void unpack(UnpackRequest layers, CountDownLatch fetching) throws IOException {
    while (true) {
      boolean coming = fetching.getCount() > 0;
      try {
        core.unpacker().unpack(scope, layers, tracker::unpacking);
        return;
      } catch (UnavailableException e) {
        if (!coming) throw e;
        pause(fetching, e);
      }
    }
  }

  /** Until all is fetched, and no longer than a moment. */
  private static void pause(CountDownLatch fetching, UnavailableException e) throws InterruptedIOException {
    try {
      fetching.await(UNPACK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted while waiting to unpack again").initCause(e);
    }
  }
}
