package io.gantry.unpack;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker.Progress;
import io.gantry.spi.layer.NeedsParentsException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * One image's layers: applied side by side where the driver can, sealed from the bottom up. A layer's key is held from before it is looked
 * for until it is sealed, so that nobody unpacks it a second time; keys are taken in no order, but a seal waits only for lower ones.
 */
final class Unpacking {
  /** Label of a snapshot that tells who unpacked it; with the snapshotter's name behind a dot, of the blob. */
  static final String UNPACKED_BY = "io.gantry/unpacked-by";

  /** A layer on its way: absent key for one that was there. */
  private record Ready(Optional<Application.Applied> applied, boolean needsParents, KeyedPermits.Permit permit) {}

  private final Application.Services services;
  private final Application application;
  private final Scope scope;
  private final UnpackRequest request;
  private final List<Digest> chain;
  private final KeyedPermits keys;
  private final Consumer<Progress> progress;
  private final boolean sideBySide;

  Unpacking(Application.Services services, Application application, Scope scope, UnpackRequest request, List<Digest> chain,
      KeyedPermits keys, Consumer<Progress> progress) {
    this.services = services;
    this.application = application;
    this.scope = scope;
    this.request = request;
    this.chain = chain;
    this.keys = keys;
    this.progress = progress;
    this.sideBySide = services.snapshots().canRebase(scope, request.snapshotter());
  }

  void run(int from) throws IOException {
    var begun = new ArrayDeque<Future<Ready>>();
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (int i = from; i < chain.size(); i++) {
          int layer = i;
          if (sideBySide) begun.add(workers.submit(() -> ready(layer, Optional.empty())));
          else seal(layer, ready(layer, parent(layer)));
        }
        while (!begun.isEmpty()) {
          Ready lowest = get(begun.element());
          int layer = chain.size() - begun.size();
          begun.remove(); // from here on it is the sealing that gives its key back
          seal(layer, lowest);
        }
      } catch (IOException | RuntimeException | Error e) {
        workers.shutdownNow();
        for (Future<Ready> f : begun) giveUp(f, e);
        throw e;
      }
    }
  }

  private Optional<String> parent(int layer) {
    return layer == 0 ? Optional.empty() : Optional.of(chain.get(layer - 1).toString());
  }

  private Ready ready(int layer, Optional<String> parent) throws IOException {
    Descriptor d = request.layers().get(layer);
    KeyedPermits.Permit permit = keys.acquire(scope.namespace() + "/" + request.snapshotter() + "/" + chain.get(layer));
    try {
      if (services.snapshots().find(scope, request.snapshotter(), chain.get(layer).toString()).isPresent()) {
        progress.accept(new Progress(d.digest(), "exists", d.size(), d.size(), ""));
        return new Ready(Optional.empty(), false, permit);
      }
      return applied(layer, parent, permit);
    } catch (IOException | RuntimeException | Error e) {
      permit.close();
      throw e;
    }
  }

  private Ready applied(int layer, Optional<String> parent, KeyedPermits.Permit permit) throws IOException {
    Descriptor d = request.layers().get(layer);
    progress.accept(new Progress(d.digest(), "unpacking", 0, d.size(), ""));
    try {
      var bytes = new Application.Layer(d, request.diffIds().get(layer), request.refs().get(layer));
      return new Ready(Optional.of(application.apply(bytes, parent, layer == 0)), false, permit);
    } catch (NeedsParentsException e) {
      return new Ready(Optional.empty(), true, permit);
    }
  }

  private void seal(int layer, Ready ready) throws IOException {
    try (KeyedPermits.Permit held = ready.permit()) {
      Ready done = ready.needsParents() ? applied(layer, parent(layer), held) : ready;
      if (done.applied().isPresent()) seal(layer, done.applied().get());
    }
  }

  private void seal(int layer, Application.Applied applied) throws IOException {
    Descriptor d = request.layers().get(layer);
    String snapshotter = request.snapshotter();
    try {
      progress.accept(new Progress(d.digest(), "sealing", d.size(), d.size(), applied.by()));
      services.snapshots().commit(scope, snapshotter, chain.get(layer).toString(), applied.key(), parent(layer),
          Map.of(UNPACKED_BY, applied.by()));
    } catch (AlreadyExistsException e) {
      application.discard(applied.key(), null);
    } catch (IOException | RuntimeException | Error e) {
      application.discard(applied.key(), e);
      throw e;
    }
    label(d.digest(), request.diffIds().get(layer), applied.by());
    progress.accept(new Progress(d.digest(), "unpacked", d.size(), d.size(), applied.by()));
  }

  private void label(Digest layer, Digest diffId, String by) throws IOException {
    try {
      services.contents().label(scope, layer, Map.of("containerd.io/uncompressed", diffId.toString(), UNPACKED_BY + "."
          + request.snapshotter(), by));
    } catch (NotFoundException e) {
      return; // removed meanwhile: the snapshot is right without it
    }
  }

  private static Ready get(Future<Ready> f) throws IOException {
    try {
      return f.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("unpacking was interrupted");
    } catch (ExecutionException e) {
      throw CleanUp.asThrown(e.getCause());
    }
  }

  /**
   * What was applied and will not be sealed goes, and its key is given back. One that is at work was interrupted: its end is waited for,
   * since it may have been done by then.
   */
  private void giveUp(Future<Ready> f, Throwable why) {
    CleanUp.await(f);
    if (f.state() == Future.State.SUCCESS) {
      try (KeyedPermits.Permit held = f.resultNow().permit()) {
        f.resultNow().applied().ifPresent(a -> application.discard(a.key(), why));
      }
    } else if (f.exceptionNow() != why && !(f.exceptionNow() instanceof InterruptedIOException)) {
      why.addSuppressed(f.exceptionNow());
    }
  }
}
