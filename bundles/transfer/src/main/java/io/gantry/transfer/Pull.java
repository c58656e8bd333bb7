package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.image.Documents;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.spi.resolver.Resolved;
import io.gantry.transfer.Choice.Chosen;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One pull, from a reference to the record of an image. Documents first, one after the other; then layers, fetched beside each other and
 * beside their unpacking; the record last, so that an image that is listed is whole.
 */
final class Pull {
  private static final Duration UNPACK_AGAIN = Duration.ofMillis(250);

  private final Mover core;
  private final Scope scope;
  private final PullRequest request;
  private final String snapshotter;
  private final Tracker tracker;
  private final LongAdder fetched = new LongAdder();
  private Download download;

  Pull(Mover core, Scope scope, PullRequest request, Tracker tracker) throws IOException {
    this.core = core;
    this.scope = scope;
    this.request = request;
    this.tracker = tracker;
    this.snapshotter = core.snapshotter(scope, request.snapshotter());
  }

  Pulled run() throws IOException {
    String name = request.reference().toString();
    core.unpacker().present(scope, snapshotter, List.of()); // where nobody can unpack, nothing is fetched
    tracker.image(name, "resolving");
    Resolved resolved = core.registries().resolve(scope, request.reference());
    tracker.image(name, "resolved");
    download = new Download(core, scope, resolved, tracker, fetched);
    Chosen chosen = new Choice(core, scope, resolved, download).of(request.platform());
    layers(chosen);
    Image image = core.record(scope, resolved, request.naming());
    tracker.image(name, "done");
    return new Pulled(image, Documents.size(chosen.descriptor(), chosen.manifest()), fetched.sum());
  }

  /**
   * Fetches and unpacks what is not there, and ties the snapshots to the config. A layer is fetched where its snapshot is there, too:
   * whoever pushes or exports the image needs its bytes.
   */
  private void layers(Chosen chosen) throws IOException {
    List<Descriptor> layers = chosen.manifest().layers();
    List<Digest> diffIds = chosen.config().diffIds();
    if (layers.isEmpty()) return;
    int present = core.unpacker().present(scope, snapshotter, diffIds);
    Map<Digest, Descriptor> wanted = new LinkedHashMap<>();
    for (Descriptor d : layers) wanted.putIfAbsent(d.digest(), d);
    for (Descriptor d : layers.subList(present, layers.size())) tracker.layer(d);
    List<String> refs = layers.stream().map(d -> MediaTypes.ref(d.mediaType(), d.digest())).toList();
    UnpackRequest unpack = new UnpackRequest(snapshotter, layers, diffIds, refs);
    WorkGroup group = new WorkGroup();
    CountDownLatch fetching = download.layers(wanted.values(), group); // from the bottom up, as they are unpacked
    group.start("pull-" + request.reference().repository() + "-unpack", false, () -> unpack(unpack, fetching));
    download.join(wanted.values(), group);
    layers.forEach(tracker::unpacked);
    core.contents().label(scope, chosen.manifest().config().digest(), References.snapshot(snapshotter, diffIds));
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
