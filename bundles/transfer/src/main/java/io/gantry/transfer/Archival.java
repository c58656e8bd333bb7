package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.Checks;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.service.transfer.ImportRequest;
import io.gantry.service.transfer.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Images in files, and whether those in the store are whole; no registry has a part in it. */
record Archival(Store store) implements Archives, Checks {
  @Override
  public List<Image> load(Scope scope, ImportRequest request, InputStream archive, Consumer<Progress> progress) throws IOException {
    return store.leased(scope, held -> new Import(store, held, request, progress).run(archive));
  }

  @Override
  public void save(Scope scope, ExportRequest request, OutputStream to) throws IOException {
    store.leased(scope, held -> {
      new Export(store, held, request).run(to);
      return true;
    });
  }

  @Override
  public Standing check(Scope scope, Descriptor target, Platform platform, String snapshotter) throws IOException {
    return new Check(store.contents(), store.documents(), store.unpacker(), scope).standing(target, platform,
        store.snapshotter(scope, snapshotter));
  }

  @Override
  public Verified verify(Scope scope, Optional<Descriptor> target, Consumer<Progress> progress) throws IOException {
    return new Check(store.contents(), store.documents(), store.unpacker(), scope).verify(target, progress);
  }
}
