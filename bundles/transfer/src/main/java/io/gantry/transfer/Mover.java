package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.Checks;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.ImportRequest;
import io.gantry.service.transfer.Logins;
import io.gantry.service.transfer.Naming;
import io.gantry.service.transfer.Progress;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Pushed;
import io.gantry.service.transfer.Transfers;
import io.gantry.service.unpack.Unpacker;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Moves images. A lease is opened before anything is made or read and closed after the record of the image holds it, or nobody reads it any
 * more; where the caller brings a lease, that one holds it.
 */
final class Mover implements Transfers, Archives, Checks {
  /** What a manager that died leaves held. */
  private static final Duration LEASE = Duration.ofHours(24);

  private final Registries registries;
  private final Contents contents;
  private final Images images;
  private final Leases leases;
  private final Unpacker unpacker;
  private final Documents documents;
  private final Semaphore connections;
  private final SingleFlight flights;

  Mover(Registries registries, Contents contents, Images images, Leases leases, Unpacker unpacker) {
    this(registries, contents, images, leases, unpacker, new Semaphore(registries.settings().downloads(), true), new SingleFlight());
  }

  private Mover(Registries registries, Contents contents, Images images, Leases leases, Unpacker unpacker, Semaphore connections,
      SingleFlight flights) {
    this.registries = registries;
    this.contents = contents;
    this.images = images;
    this.leases = leases;
    this.unpacker = unpacker;
    this.documents = new Documents(contents);
    this.connections = connections;
    this.flights = flights;
  }

  /** The same, with the credentials of one transfer. */
  private Mover with(Optional<Logins> logins) {
    return new Mover(registries.with(logins), contents, images, leases, unpacker, connections, flights);
  }

  @Override
  public Pulled pull(Scope scope, PullRequest request, Consumer<Progress> progress) throws IOException {
    return leased(scope, held -> new Pull(with(request.logins()), held, request, new Tracker(progress)).run());
  }

  @Override
  public Pulled fetch(Scope scope, FetchRequest request, Consumer<Progress> progress) throws IOException {
    return leased(scope, held -> new ImageFetch(with(request.logins()), held, request, new Tracker(progress)).run());
  }

  @Override
  public Descriptor fetchObject(Scope scope, Reference reference, Optional<Digest> digest, OutputStream to) throws IOException {
    return new ObjectFetch(registries, scope, reference).run(digest, to);
  }

  @Override
  public Pushed push(Scope scope, PushRequest request, Consumer<Progress> progress) throws IOException {
    return leased(scope, held -> new Push(with(request.logins()), held, request, new Tracker(progress)).run());
  }

  @Override
  public List<Image> load(Scope scope, ImportRequest request, InputStream archive, Consumer<Progress> progress) throws IOException {
    return leased(scope, held -> new Import(this, held, request, progress).run(archive));
  }

  @Override
  public void save(Scope scope, ExportRequest request, OutputStream to) throws IOException {
    leased(scope, held -> {
      new Export(this, held, request).run(to);
      return true;
    });
  }

  @Override
  public Standing check(Scope scope, Descriptor target, Platform platform, String snapshotter) throws IOException {
    return new Check(contents, documents, unpacker, scope).standing(target, platform,
        snapshotter.isEmpty() ? settings().snapshotter() : snapshotter);
  }

  @Override
  public Verified verify(Scope scope, Optional<Descriptor> target, Consumer<Progress> progress) throws IOException {
    return new Check(contents, documents, unpacker, scope).verify(target, progress);
  }

  /** Work whose things a lease holds. */
  interface Work<R> {
    R run(Scope held) throws IOException;
  }

  /** Writes the records of an image that came. @return the first of them */
  Image record(Scope scope, Resolved image, Naming naming) throws IOException {
    List<String> names = naming.names().isEmpty() ? List.of(image.reference().toString()) : naming.names();
    List<Image> made = new ArrayList<>();
    for (String name : names) made.add(images.put(scope, name, image.target(), naming.labels()));
    return made.getFirst();
  }

  <R> R leased(Scope scope, Work<R> work) throws IOException {
    if (scope.lease().isPresent()) return work.run(scope);
    String expire = Instant.now().plus(LEASE).truncatedTo(ChronoUnit.SECONDS).toString();
    Lease lease = leases.create(scope, "", Map.of("containerd.io/gc.expire", expire));
    Throwable failure = null;
    try {
      return work.run(scope.withLease(lease.id()));
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      close(scope, lease, failure);
    }
  }

  /** Also after an interruption, which would end the removal too. */
  private void close(Scope scope, Lease lease, Throwable failure) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      leases.remove(scope, lease.id());
    } catch (IOException e) {
      if (failure == null) throw e;
      failure.addSuppressed(e);
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  Registries registries() {
    return registries;
  }

  Settings settings() {
    return registries.settings();
  }

  Contents contents() {
    return contents;
  }

  Images images() {
    return images;
  }

  Leases leases() {
    return leases;
  }

  Unpacker unpacker() {
    return unpacker;
  }

  Documents documents() {
    return documents;
  }

  Semaphore connections() {
    return connections;
  }

  SingleFlight flights() {
    return flights;
  }
}
