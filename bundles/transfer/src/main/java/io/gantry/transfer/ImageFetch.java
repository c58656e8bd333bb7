package io.gantry.transfer;

import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;

/** All bytes of an image, and the record last, so that an image that is listed is whole. Nothing is unpacked. */
final class ImageFetch {
  private final Mover core;
  private final Scope scope;
  private final FetchRequest request;
  private final Tracker tracker;
  private final LongAdder fetched = new LongAdder();

  ImageFetch(Mover core, Scope scope, FetchRequest request, Tracker tracker) {
    this.core = core;
    this.scope = scope;
    this.request = request;
    this.tracker = tracker;
  }

  Pulled run() throws IOException {
    String name = request.reference().toString();
    tracker.image(name, "resolving");
    Resolved resolved = core.registries().resolve(scope, request.reference());
    tracker.image(name, "resolved");
    var download = new Download(core, scope, resolved, tracker, fetched);
    Parts parts = parts(new Choice(core, scope, resolved, download));
    parts.blobs().forEach(d -> tracker.blob(d, "waiting", 0));
    var group = new WorkGroup();
    download.layers(parts.blobs(), group);
    download.join(parts.blobs(), group);
    Image image = core.record(scope, resolved, request.naming());
    tracker.image(name, "done");
    return new Pulled(image, parts.sizeBytes(), fetched.sum());
  }

  /** Documents are here then, of all platforms, before anything else is fetched: one that has nothing is told early. */
  private Parts parts(Choice choice) throws IOException {
    var parts = new Parts();
    if (request.platforms().isEmpty()) choice.all(parts);

    for (Platform p : request.platforms()) {
      Choice.Chosen chosen = choice.of(p);
      parts.document(chosen.descriptor());
      parts.document(chosen.manifest().config());
      chosen.manifest().layers().forEach(parts::blob);
    }
    return parts;
  }
}
