package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.api.InvalidException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.service.transfer.FetchRequest;
import io.gantry.service.transfer.Logins;
import io.gantry.service.transfer.Naming;
import io.gantry.service.transfer.PullRequest;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Transfers;
import io.gantry.wire.transfer.TransferGrpc;
import io.gantry.wire.transfer.TransferRequest;
import io.gantry.wire.transfertypes.HTTPDebug;
import io.gantry.wire.transfertypes.ImageExportStream;
import io.gantry.wire.transfertypes.ImageImportStream;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.OCIRegistry;
import io.gantry.wire.transfertypes.RegistryResolver;
import io.gantry.wire.transfertypes.UnpackConfiguration;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Moves images between registries, archives and the image store: what is done is said by the kinds of the two sides. */
final class TransferApi extends TransferGrpc.TransferImplBase {
  private final Streams streams;
  private final Transfers transfers;
  private final Archives archives;
  private final Images images;

  TransferApi(Streams streams, Transfers transfers, Archives archives, Images images) {
    this.streams = streams;
    this.transfers = transfers;
    this.archives = archives;
    this.images = images;
  }

  @Override
  public void transfer(TransferRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      String named = request.getOptions().getProgressStream();
      Optional<NamedStream> stream = named.isEmpty() ? Optional.empty() : Optional.of(streams.take(scope, named));
      try (var progress = ProgressStream.to(stream)) {
        transfer(scope, request.getSource(), request.getDestination(), progress);
      }
      return Empty.getDefaultInstance();
    });
  }

  private void transfer(Scope scope, Any from, Any to, ProgressStream progress) throws IOException {
    var registry = Anys.read(from, OCIRegistry.getDefaultInstance());
    var store = Anys.read(from, ImageStore.getDefaultInstance());
    var archive = Anys.read(from, ImageImportStream.getDefaultInstance());
    var toRegistry = Anys.read(to, OCIRegistry.getDefaultInstance());
    var toStore = Anys.read(to, ImageStore.getDefaultInstance());
    var toArchive = Anys.read(to, ImageExportStream.getDefaultInstance());
    if (registry.isPresent() && toStore.isPresent()) pull(scope, registry.get(), toStore.get(), progress);
    else if (store.isPresent() && toRegistry.isPresent()) push(scope, store.get(), toRegistry.get(), progress);
    else if (store.isPresent() && toArchive.isPresent()) save(scope, store.get(), toArchive.get(), progress);
    else if (archive.isPresent() && toStore.isPresent()) new ImportCall(streams, archives, images, scope, progress)
        .run(archive.get(), toStore.get());
    else if (store.isPresent() && toStore.isPresent()) tag(scope, store.get(), toStore.get());
    else throw new UnsupportedException("method Transfer not implemented for '" + from.getTypeUrl() + "' to '" + to.getTypeUrl() + "'");
  }

  private static String told(OCIRegistry r) {
    return "OCI Registry (" + r.getReference() + ")";
  }

  private void pull(Scope scope, OCIRegistry from, ImageStore to, ProgressStream progress) throws IOException {
    Reference reference = reference(from);
    Naming naming = ImageStores.naming(to);
    ImageStores.refuse(to.getExtraReferencesList().stream().anyMatch(r -> r.getIsPrefix()), "extra_references",
        "a prefix is for what is imported; an image of a registry has one name");
    refuseParts(to);
    try (var logins = logins(scope, from)) {
      progress.root(reference.toString());
      progress.step("Resolving from " + told(from));
      Image image = pulled(scope, reference, to, naming, logins.of(), progress);
      for (String name : naming.names()) progress.image("saved", name, image.target());
      for (String name : ImageStores.digested(to)) {
        Image digested = images.put(scope, name + "@" + image.target().digest(), image.target(), naming.labels());
        progress.image("saved", digested.name(), digested.target());
      }
      progress.step("Completed pull from " + told(from));
    }
  }

  /** What is fetched is said by platforms alone: of each what fits it best. */
  private static void refuseParts(ImageStore to) throws IOException {
    if (to.getAllMetadata()) {
      throw new UnsupportedException("all_metadata: the documents of other platforms are not fetched alone; name no platform for all");
    }
    int limit = to.getManifestLimit();
    if (limit != 0 && (to.getPlatformsCount() == 0 || Integer.compareUnsigned(to.getPlatformsCount(), limit) > 0)) {
      throw new UnsupportedException("manifest_limit: " + limit + " manifests are not chosen among more; name the platforms");
    }
  }

  /** Of one platform, bytes and trees come beside each other; else all bytes come first. */
  private Image pulled(Scope scope, Reference reference, ImageStore to, Naming naming, Optional<Logins> logins, ProgressStream progress)
      throws IOException {
    List<Platform> platforms = ImageStores.platforms(to.getPlatformsList());
    List<UnpackConfiguration> unpacks = to.getUnpacksList();
    if (unpacks.size() == 1 && platforms.equals(List.of(ImageStores.platform(unpacks.getFirst())))) {
      return unpacked(scope, reference, unpacks.getFirst(), naming, logins, progress);
    }
    Image image = transfers.fetch(scope, new FetchRequest(reference, platforms, naming, logins), progress).image();
    var same = new Reference(reference.host(), reference.repository(), reference.tag(), Optional.of(image.target().digest()));
    for (UnpackConfiguration u : unpacks) unpacked(scope, same, u, naming, logins, progress);
    return image;
  }

  private Image unpacked(Scope scope, Reference reference, UnpackConfiguration u, Naming naming, Optional<Logins> logins,
      ProgressStream progress) throws IOException {
    return transfers.pull(scope, new PullRequest(reference, ImageStores.platform(u), u.getSnapshotter(), naming, logins), progress).image();
  }

  private void push(Scope scope, ImageStore from, OCIRegistry to, ProgressStream progress) throws IOException {
    Image image = images.get(scope, ImageStores.source(from));
    Reference reference = reference(to);
    Optional<Platform> platform = ImageStores.one(from.getPlatformsList(), "a push");
    try (var logins = logins(scope, to)) {
      progress.root(image.name());
      progress.step("Pushing to " + told(to));
      progress.image("pushing content", image.name(), image.target());
      var pushed = transfers.push(scope, new PushRequest(image.target(), reference, platform, logins.of()), progress);
      progress.image("pushed content", image.name(), pushed.target());
      progress.step("Completed push to " + told(to));
    }
  }

  private void save(Scope scope, ImageStore from, ImageExportStream to, ProgressStream progress) throws IOException {
    List<String> names = ImageStores.sources(from);
    ImageStores.refuse(from.getPlatformsCount() > 0, "platforms", "of an export they are those of the stream");
    ImageStores.refuse(!to.getMediaType().isEmpty() && !to.getMediaType().endsWith("tar"), "media_type", "an export is a plain tar, found '"
        + to.getMediaType() + "'");
    Optional<Platform> platform = to.getAllPlatforms() ? Optional.empty()
        : ImageStores.one(to.getPlatformsList(), "an export").or(() -> Optional.of(Platform.host()));
    Set<ExportRequest.Option> options = to.getSkipCompatibilityManifest() ? Set.of(ExportRequest.Option.NO_DOCKER) : Set.of();
    NamedStream stream = streams.take(scope, to.getStream());
    try {
      progress.step("Exporting");
      var bytes = new ByteOutflow(stream);
      archives.save(scope, new ExportRequest(names, platform, options), bytes);
      bytes.flush();
    } catch (IOException | RuntimeException e) {
      stream.fail(e);
      throw e;
    }
    stream.close();
    progress.step("Completed export");
  }

  private void tag(Scope scope, ImageStore from, ImageStore to) throws IOException {
    Image image = images.get(scope, ImageStores.source(from));
    ImageStores.refuse(to.getPlatformsCount() > 0 || from.getPlatformsCount() > 0, "platforms", "a name is for all");
    ImageStores.refuse(to.getUnpacksCount() > 0, "unpacks", "a new name unpacks nothing");
    ImageStores.refuse(to.getAllMetadata() || to.getManifestLimit() > 0, "all_metadata, manifest_limit", "a new name fetches nothing");
    ImageStores.refuse(to.getExtraReferencesList().stream().anyMatch(r -> r.getIsPrefix()), "extra_references", "a prefix is no name");
    Naming naming = ImageStores.naming(to);
    for (String name : naming.names()) images.put(scope, name, image.target(), naming.labels());
    for (String name : ImageStores.digested(to)) images.put(scope, name + "@" + image.target().digest(), image.target(), naming.labels());
  }

  private static Reference reference(OCIRegistry r) throws InvalidException {
    try {
      return Reference.parse(r.getReference());
    } catch (IllegalArgumentException e) {
      throw new InvalidException("reference '" + r.getReference() + "': " + e.getMessage(), e);
    }
  }

  /** Where the client itself is asked for credentials: its stream, ended with the transfer. */
  private record Asked(Optional<NamedStream> stream, Optional<Logins> of) implements AutoCloseable {
    @Override
    public void close() {
      stream.ifPresent(NamedStream::close);
    }
  }

  private Asked logins(Scope scope, OCIRegistry r) throws IOException {
    RegistryResolver resolver = r.getResolver();
    refuseSettings(resolver);
    if (resolver.getAuthStream().isEmpty()) return new Asked(Optional.empty(), Optional.empty());
    NamedStream stream = streams.take(scope, resolver.getAuthStream());
    return new Asked(Optional.of(stream), Optional.of(new AuthStream(stream, r.getReference())));
  }

  /** How registries are spoken to is the manager's configuration. */
  private static void refuseSettings(RegistryResolver r) throws IOException {
    String hosts = "; the manager's hosts/HOST/hosts.toml says it for all";
    if (r.getHeadersCount() > 0) throw new UnsupportedException("resolver.headers: a transfer sends none of its own" + hosts);
    if (!r.getHostDir().isEmpty()) throw new UnsupportedException("resolver.host_dir: a transfer has no folder of its own" + hosts);
    if (!r.getDefaultScheme().isEmpty() && !r.getDefaultScheme().equals("https")) {
      throw new UnsupportedException("resolver.default_scheme: '" + r.getDefaultScheme()
          + "' is not taken: hosts of this machine are asked by plain http where they speak no TLS, others never");
    }
    if (r.getHttpDebug() != HTTPDebug.DISABLED || !r.getLogsStream().isEmpty()) {
      throw new UnsupportedException(
          "resolver.http_debug, logs_stream: requests to registries are not told; the manager's log has failures");
    }
  }
}
