package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.transfer.FetchRequest;
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
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** Moves images between registries and the store. */
final class Mover implements Transfers {
  private final Registries registries;
  private final Store store;
  private final Semaphore connections;
  private final SingleFlight flights;

  Mover(Registries registries, Store store) {
    this(registries, store, new Semaphore(registries.settings().downloads(), true), new SingleFlight());
  }

  private Mover(Registries registries, Store store, Semaphore connections, SingleFlight flights) {
    this.registries = registries;
    this.store = store;
    this.connections = connections;
    this.flights = flights;
  }

  /** The same, with the credentials of one transfer. */
  private Mover with(Optional<Logins> logins) {
    return new Mover(registries.with(logins), store, connections, flights);
  }

  @Override
  public Pulled pull(Scope scope, PullRequest request, Consumer<Progress> progress) throws IOException {
    return store.resumable(scope, request.reference(), settings().resume(), held -> new Pull(with(request.logins()), held, request,
        new Tracker(progress)).run());
  }

  @Override
  public Pulled fetch(Scope scope, FetchRequest request, Consumer<Progress> progress) throws IOException {
    return store.resumable(scope, request.reference(), settings().resume(), held -> new ImageFetch(with(request.logins()), held, request,
        new Tracker(progress)).run());
  }

  @Override
  public Descriptor fetchObject(Scope scope, Reference reference, Optional<Digest> digest, OutputStream to) throws IOException {
    return new ObjectFetch(registries, scope, reference).run(digest, to);
  }

  @Override
  public Pushed push(Scope scope, PushRequest request, Consumer<Progress> progress) throws IOException {
    return store.leased(scope, held -> new Push(with(request.logins()), held, request, new Tracker(progress)).run());
  }

  /** Writes the records of an image that came. @return the first of them */
  Image record(Scope scope, Resolved image, Naming naming) throws IOException {
    List<String> names = naming.names().isEmpty() ? List.of(image.reference().toString()) : naming.names();
    List<Image> made = new ArrayList<>();
    for (String name : names) made.add(store.images().put(scope, name, image.target(), naming.labels()));
    return made.getFirst();
  }

  Registries registries() {
    return registries;
  }

  String snapshotter(Scope scope, String asked) throws IOException {
    return store.snapshotter(scope, asked);
  }

  Settings settings() {
    return registries.settings();
  }

  Contents contents() {
    return store.contents();
  }

  Images images() {
    return store.images();
  }

  Leases leases() {
    return store.leases();
  }

  Unpacker unpacker() {
    return store.unpacker();
  }

  Documents documents() {
    return store.documents();
  }

  Semaphore connections() {
    return connections;
  }

  SingleFlight flights() {
    return flights;
  }
}
