package io.gantry.transfer;

import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Images;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.transfer.Progress;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.Transfers;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Pulls. A lease is opened before anything is made and closed after the record of the image holds it; where the caller brings a lease, that
 * one holds it.
 */
final class Puller implements Transfers {
  /** What a manager that died leaves held. */
  private static final Duration LEASE = Duration.ofHours(24);

  private final Registries registries;
  private final Contents contents;
  private final Images images;
  private final Leases leases;
  private final Unpacker unpacker;
  private final Documents documents;
  private final Semaphore connections;
  private final SingleFlight flights = new SingleFlight();

  Puller(Registries registries, Contents contents, Images images, Leases leases, Unpacker unpacker) {
    this.registries = registries;
    this.contents = contents;
    this.images = images;
    this.leases = leases;
    this.unpacker = unpacker;
    this.documents = new Documents(contents);
    this.connections = new Semaphore(registries.settings().downloads(), true);
  }

  @Override
  public Pulled pull(Scope scope, PullRequest request, Consumer<Progress> progress) throws IOException {
    Tracker tracker = new Tracker(progress);
    if (scope.lease().isPresent()) return new Pull(this, scope, request, tracker).run();
    String expire = Instant.now().plus(LEASE).truncatedTo(ChronoUnit.SECONDS).toString();
    Lease lease = leases.create(scope, "", Map.of("containerd.io/gc.expire", expire));
    Throwable failure = null;
    try {
      return new Pull(this, scope.withLease(lease.id()), request, tracker).run();
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
