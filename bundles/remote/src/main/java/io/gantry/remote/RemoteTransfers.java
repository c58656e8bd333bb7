package io.gantry.remote;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.gantry.api.ConflictException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.oci.image.Documents;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.Logins;
import io.gantry.service.transfer.Naming;
import io.gantry.service.transfer.Progress;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.Pulled;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Pushed;
import io.gantry.service.transfer.Transfers;
import io.gantry.wire.transfer.TransferGrpc;
import io.gantry.wire.transfer.TransferOptions;
import io.gantry.wire.transfer.TransferRequest;
import io.gantry.wire.transfertypes.ImageReference;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.OCIRegistry;
import io.gantry.wire.transfertypes.RegistryResolver;
import io.gantry.wire.transfertypes.UnpackConfiguration;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Images between registries and the other manager, which moves them by itself, with its own credentials. */
final class RemoteTransfers implements Transfers {
  private static final int PAGE = 500;
  private final Link link;
  private final Images images;
  private final Documents documents;
  private final DefaultDriver snapshotters;

  /** @param snapshotters empty where neither a call nor its namespace names one: that manager decides then */
  RemoteTransfers(Link link, Images images, Documents documents, DefaultDriver snapshotters) {
    this.link = link;
    this.images = images;
    this.documents = documents;
    this.snapshotters = snapshotters;
  }

  @Override
  public Pulled pull(Scope scope, PullRequest request, Consumer<Progress> progress) throws IOException {
    var unpack = UnpackConfiguration.newBuilder().setPlatform(wire(request.platform())).setSnapshotter(snapshotters.of(scope,
        request.snapshotter()));
    ImageStore store = store(request.reference(), request.naming()).addPlatforms(wire(request.platform())).addUnpacks(unpack).build();
    return pulled(scope, new Coming(request.reference(), store, Optional.of(request.platform()), request.logins()), progress);
  }

  @Override
  public Pulled fetch(Scope scope, FetchRequest request, Consumer<Progress> progress) throws IOException {
    var store = store(request.reference(), request.naming());
    request.platforms().forEach(p -> store.addPlatforms(wire(p)));
    return pulled(scope, new Coming(request.reference(), store.build(), request.platforms().stream().findFirst(), request.logins()),
        progress);
  }

  /** What comes from a registry. */
  private record Coming(Reference reference, ImageStore store, Optional<Platform> platform, Optional<Logins> logins) {}

  private Pulled pulled(Scope scope, Coming coming, Consumer<Progress> progress) throws IOException {
    var told = new RemoteProgress(coming.reference().toString(), progress);
    long fetched;
    try (var logins = RemoteLogins.open(link, scope, coming.logins())) {
      fetched = transfer(scope, registry(coming.reference(), logins), coming.store(), told);
    } catch (UnsupportedException e) {
      throw told(e);
    }
    Image image = images.get(scope, coming.store().getName());
    return new Pulled(image, size(scope, image.target(), coming.platform()), fetched);
  }

  private static ImageStore.Builder store(Reference reference, Naming naming) {
    List<String> names = naming.names().isEmpty() ? List.of(reference.toString()) : naming.names();
    var store = ImageStore.newBuilder().setName(names.getFirst()).putAllLabels(naming.labels());
    names.stream().skip(1).forEach(n -> store.addExtraReferences(ImageReference.newBuilder().setName(n)));
    return store;
  }

  private static OCIRegistry registry(Reference reference, RemoteLogins logins) {
    var registry = OCIRegistry.newBuilder().setReference(reference.toString());
    if (!logins.stream().isEmpty()) registry.setResolver(RegistryResolver.newBuilder().setAuthStream(logins.stream()));
    return registry.build();
  }

  @Override
  public Descriptor fetchObject(Scope scope, Reference reference, Optional<Digest> digest, OutputStream to) throws IOException {
    throw Unwired.call("a part of image " + reference + " past the store");
  }

  @Override
  public Pushed push(Scope scope, PushRequest request, Consumer<Progress> progress) throws IOException {
    String name = record(scope, request).name();
    var store = ImageStore.newBuilder().setName(name);
    request.platform().ifPresent(p -> store.addPlatforms(wire(p)));
    long sent;
    try (var logins = RemoteLogins.open(link, scope, request.logins())) {
      sent = transfer(scope, store.build(), registry(request.reference(), logins), new RemoteProgress(request.reference().toString(),
          progress));
    } catch (UnsupportedException e) {
      throw told(e);
    }
    if (!images.get(scope, name).target().digest().equals(request.source().digest())) {
      throw new ConflictException("push of " + request.source().digest() + " to " + request.reference() + ": its name '" + name
          + "' was moved to another image meanwhile, which may have been pushed instead; push again");
    }
    Descriptor target = request.platform().isEmpty() ? request.source()
        : documents.resolve(scope, request.source(), request.platform()).manifest();
    return new Pushed(request.reference(), target, size(scope, target, request.platform()), sent);
  }

  /** The wire names what is pushed by its record; that of the same name comes first. */
  private Image record(Scope scope, PushRequest request) throws IOException {
    Optional<Image> any = Optional.empty();
    String after = "";
    for (List<Image> page = images.list(scope, after, PAGE); !page.isEmpty(); page = images.list(scope, after, PAGE)) {
      for (Image i : page) {
        if (!i.target().digest().equals(request.source().digest())) continue;
        if (i.name().equals(request.reference().toString())) return i;
        if (any.isEmpty()) any = Optional.of(i);
      }
      after = page.getLast().name();
    }
    return any.orElseThrow(() -> new NotFoundException("no image has the name of " + request.source().digest()
        + ", and another manager pushes by name; give it one by dist:tag"));
  }

  /** Bytes that went, as far as it tells. */
  private long transfer(Scope scope, Message from, Message to, RemoteProgress progress) throws IOException {
    try (var told = progress.open(link, scope)) {
      var request = TransferRequest.newBuilder().setSource(any(from)).setDestination(any(to))
          .setOptions(TransferOptions.newBuilder().setProgressStream(told.stream()));
      link.call(scope, TransferGrpc.getTransferMethod(), request.build());
    }
    return progress.bytes();
  }

  private static UnsupportedException told(UnsupportedException e) {
    if (!Words.NO_SERVICE.in(e)) return e;
    return new UnsupportedException(
        "this manager has no transfer service (containerd before 1.7): ctr can pull there, or dist:import here", e);
  }

  private static Any any(Message m) {
    return Any.newBuilder().setTypeUrl(m.getDescriptorForType().getFullName()).setValue(m.toByteString()).build();
  }

  private static io.gantry.wire.types.Platform wire(Platform p) {
    return io.gantry.wire.types.Platform.newBuilder().setOs(p.os()).setArchitecture(p.architecture()).setVariant(p.variant()).build();
  }

  private long size(Scope scope, Descriptor target, Optional<Platform> platform) throws IOException {
    try {
      return documents.resolve(scope, target, platform).sizeBytes();
    } catch (NotFoundException e) {
      return target.size(); // an artifact, or an index of which parts alone are there
    }
  }
}
