package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.oci.Descriptors;
import io.gantry.oci.Document;
import io.gantry.oci.Manifest;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.image.Documents;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.ImportRequest;
import io.gantry.service.transfer.ImportRequest.Option;
import io.gantry.service.transfer.Progress;
import io.gantry.service.unpack.UnpackRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One import: all bytes first, then each image is looked through, labelled and unpacked; the records last. */
final class Import {
  private static final String NAME = "io.containerd.image.name";
  private static final String REF = "org.opencontainers.image.ref.name";

  private final Store store;
  private final Scope scope;
  private final ImportRequest request;
  private final Consumer<Progress> progress;
  private final String snapshotter;

  Import(Store store, Scope scope, ImportRequest request, Consumer<Progress> progress) throws IOException {
    this.store = store;
    this.scope = scope;
    this.request = request;
    this.progress = progress;
    this.snapshotter = request.options().contains(Option.NO_UNPACK) ? "" : store.snapshotter(scope, request.snapshotter());
  }

  List<Image> run(InputStream in) throws IOException {
    boolean unpack = !request.options().contains(Option.NO_UNPACK);
    if (unpack) store.unpacker().present(scope, snapshotter, List.of()); // where nobody can unpack, nothing is read
    Archive archive = new Archive(store.contents(), store.leases(), scope, progress);
    archive.read(in);
    Map<String, Descriptor> named = new LinkedHashMap<>();
    if (archive.document("oci-layout").isPresent() && archive.document("index.json").isPresent()) layout(archive, named);
    else if (archive.document("manifest.json").isPresent()) docker(archive, named);
    else throw new InvalidException("the archive has no images: neither oci-layout and index.json nor manifest.json is in it");
    if (named.isEmpty()) {
      throw new NotFoundException("the archive has no image with a name" + (request.baseName().isEmpty() ? "; give one by --digests"
          : " of " + request.baseName()));
    }
    for (Descriptor d : List.copyOf(new java.util.LinkedHashSet<>(named.values()))) whole(d, unpack);
    List<Image> images = new ArrayList<>();
    for (var e : named.entrySet()) {
      images.add(store.images().put(scope, e.getKey(), e.getValue(), Map.of()));
      progress.accept(new Progress(e.getKey(), "done", 0, 0));
    }
    return List.copyOf(images);
  }

  private void layout(Archive archive, Map<String, Descriptor> named) throws IOException {
    JsonObject version = Json.object(archive.document("oci-layout").orElseThrow(), "oci-layout of the archive");
    if (!version.text("imageLayoutVersion").startsWith("1.")) {
      throw new InvalidException("the archive's layout has the version " + version.text("imageLayoutVersion") + ", expected 1.0.0");
    }
    JsonObject index = Json.object(archive.document("index.json").orElseThrow(), Archive.MAX_DOCUMENT, "index.json of the archive");
    for (JsonObject o : index.objects("manifests")) {
      Descriptor d = Descriptors.read(o);
      String given = d.annotations().getOrDefault(NAME, d.annotations().getOrDefault(REF, ""));
      Descriptor bare = new Descriptor(d.mediaType(), d.digest(), d.size(), Map.of(), d.platform(), d.urls());
      name(given, bare, named);
    }
  }

  /** The manifest that docker's own lacks: of what layers and config are. */
  private void docker(Archive archive, Map<String, Descriptor> named) throws IOException {
    Object list = Json.parse(archive.document("manifest.json").orElseThrow(), Archive.MAX_DOCUMENT, "manifest.json of the archive");
    JsonObject all = Json.object(Json.bytes(Map.of("images", list == null ? List.of() : list)), Archive.MAX_DOCUMENT + 100,
        "manifest.json of the archive");
    for (JsonObject image : all.objects("images")) {
      Archive.File config = needed(archive, image.text("Config"));
      List<Descriptor> layers = new ArrayList<>();
      for (String name : image.texts("Layers")) {
        Archive.File f = needed(archive, name);
        layers.add(Archive.descriptor(f, MediaTypes.DOCKER_LAYER + f.suffix()));
      }
      byte[] bytes = new Manifest(MediaTypes.DOCKER_MANIFEST, "", Archive.descriptor(config, MediaTypes.DOCKER_CONFIG), layers,
          Optional.empty(), Map.of()).bytes();
      Descriptor d = put(bytes);
      List<String> tags = image.texts("RepoTags");
      for (String tag : tags) name(normal(tag), d, named);
      if (tags.isEmpty()) name("", d, named);
    }
  }

  private static Archive.File needed(Archive archive, String name) throws NotFoundException {
    return archive.file(name).orElseThrow(() -> new NotFoundException("manifest.json of the archive names '" + name
        + "', which is not in it"));
  }

  private Descriptor put(byte[] bytes) throws IOException {
    Digest digest = Hasher.digest("sha256", bytes);
    Descriptor d = Descriptor.of(MediaTypes.DOCKER_MANIFEST, digest, bytes.length);
    store.contents().put(scope, WriterSpec.of(MediaTypes.ref(d.mediaType(), digest), d), bytes);
    store.leases().hold(scope, "content", digest.toString());
    return d;
  }

  private static String normal(String tag) throws InvalidException {
    try {
      return Reference.parse(tag).toString();
    } catch (IllegalArgumentException e) {
      throw new InvalidException("manifest.json of the archive has a name that is none: " + e.getMessage(), e);
    }
  }

  /** As ctr does: a tag alone belongs to the base name, whole names must begin with it where it was given. */
  private void name(String given, Descriptor d, Map<String, Descriptor> named) throws InvalidException {
    String base = request.baseName().isEmpty() ? "import-" + LocalDate.now(ZoneOffset.UTC) : request.baseName();
    if (given.chars().anyMatch(Character::isISOControl)) throw new InvalidException("a name in the archive has control characters");
    boolean tag = !given.isEmpty() && given.chars().noneMatch(c -> c == '/' || c == ':' || c == '@');
    boolean ours = request.baseName().isEmpty() || request.options().contains(Option.OTHER_NAMES) || given.startsWith(base + ":")
        || given.startsWith(base + "@") || given.equals(base)
        || given.startsWith(base + "/");
    if (tag) named.put(base + ":" + given, d);
    else if (!given.isEmpty() && ours) named.put(given, d);
    boolean nameless = request.options().contains(Option.NAMELESS_DIGESTS) && !named.containsValue(d);
    if (nameless || request.options().contains(Option.DIGESTS)) named.put(base + "@" + d.digest(), d);
  }

  /** Labels all documents, makes sure that the image is whole, and unpacks it. */
  private void whole(Descriptor d, boolean unpack) throws IOException {
    label(d, Documents.DEPTH);
    if (request.platform().isEmpty()) Plan.of(store.contents(), store.documents(), scope, d, "importing " + d.digest());
    Optional<Platform> wanted = request.platform();
    ImageTree.Resolved image;
    try {
      image = store.documents().resolve(scope, d, wanted.isPresent() ? wanted : Optional.of(Platform.host()));
    } catch (NotFoundException e) {
      if (wanted.isEmpty()) return; // nothing of it runs here, so nothing is unpacked
      throw new NotFoundException("the archive has nothing for " + wanted.get() + " of " + d.digest()
          + "; take what is in it with --platform OS/ARCH or --all-platforms", e);
    }
    Plan.of(store.contents(), store.documents(), scope, image.manifest(), "importing " + d.digest());
    if (!unpack || image.layers().isEmpty()) return;
    Map<Digest, Descriptor> layers = new LinkedHashMap<>();
    for (Descriptor l : image.layers()) layers.put(l.digest(), l);
    List<String> refs = image.layers().stream().map(l -> MediaTypes.ref(l.mediaType(), l.digest())).toList();
    store.unpacker().unpack(scope, new UnpackRequest(snapshotter, image.layers(), image.diffIds(), refs), p -> {
      Descriptor l = layers.get(p.layer());
      String status = p.state().equals("unpacked") ? "done" : p.state().equals("sealing") ? "unpacking" : p.state();
      if (l != null) progress.accept(new Progress(MediaTypes.ref(l.mediaType(), l.digest()), status, p.offset(), l.size()));
    });
    store.contents().label(scope, image.configDescriptor().digest(), References.snapshot(snapshotter, image.diffIds()));
  }

  private void label(Descriptor d, int depth) throws IOException {
    if (depth == 0 || !Documents.names(d) || store.contents().find(scope, d.digest()).isEmpty()) return;
    Document document = store.documents().read(scope, d);
    store.contents().label(scope, d.digest(), References.of(document));
    for (Descriptor child : document.children()) label(child, depth - 1);
  }
}
