package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.oci.Descriptors;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.image.Documents;
import io.gantry.oci.json.Json;
import io.gantry.service.content.Reader;
import io.gantry.service.record.Image;
import io.gantry.service.transfer.ExportRequest;
import io.gantry.service.transfer.ImageTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One export: a tar in OCI's layout with docker's manifest.json beside it, all entries of the time 0 and in the order of their names. */
final class Export {
  private static final int BLOCK = 512;

  private final Store store;
  private final Scope scope;
  private final ExportRequest request;
  private final TreeMap<Digest, Long> blobs = new TreeMap<>();
  private final List<Object> manifests = new ArrayList<>();
  private final Map<Digest, Map<String, Object>> docker = new LinkedHashMap<>();

  Export(Store store, Scope scope, ExportRequest request) {
    this.store = store;
    this.scope = scope;
    this.request = request;
  }

  void run(OutputStream out) throws IOException {
    for (String name : request.images()) add(store.images().get(scope, name));
    folder(out, "blobs/");
    String algorithm = "";
    for (var b : blobs.entrySet()) {
      if (!b.getKey().algorithm().equals(algorithm)) folder(out, "blobs/" + (algorithm = b.getKey().algorithm()) + "/");
      try (Reader reader = store.contents().reader(scope, b.getKey()); InputStream in = reader.stream(0)) {
        head(out, path(b.getKey()), '0', b.getValue());
        long n = in.transferTo(out);
        if (n != b.getValue()) throw new IOException("blob " + b.getKey() + " has " + n + " bytes, expected " + b.getValue());
        pad(out, n);
      }
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", MediaTypes.OCI_INDEX);
    index.put("manifests", manifests);
    document(out, "index.json", Json.bytes(index));
    if (!docker.isEmpty() && !request.options().contains(ExportRequest.Option.NO_DOCKER)) {
      document(out, "manifest.json", Json.bytes(docker.values()));
    }
    document(out, "oci-layout", Json.bytes(Map.of("imageLayoutVersion", "1.0.0")));
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }

  private void add(Image image) throws IOException {
    Descriptor target = image.target();
    store.leases().hold(scope, "content", target.digest().toString());
    String doing = "exporting " + image.name();
    Descriptor chosen = Plan.choose(store.documents(), scope, target, request.platform());
    Plan plan = Plan.of(store.contents(), store.documents(), scope, chosen, doing);
    plan.blobs().forEach(d -> blobs.put(d.digest(), d.size()));
    plan.parents().forEach(d -> blobs.put(d.digest(), d.size()));
    indexes(target, Documents.DEPTH);
    Map<String, String> annotations = new LinkedHashMap<>();
    annotations.put("io.containerd.image.name", image.name());
    Optional<Reference> reference = reference(image.name());
    reference.flatMap(Reference::tag).ifPresent(t -> annotations.put("org.opencontainers.image.ref.name", t));
    manifests.add(Descriptors.write(
        new Descriptor(target.mediaType(), target.digest(), target.size(), annotations, target.platform(), List.of())));
    docker(target, reference);
  }

  /** What leads from an index to the image for one platform. */
  private void indexes(Descriptor d, int depth) throws IOException {
    if (depth == 0 || !MediaTypes.isIndex(d.mediaType()) || store.contents().find(scope, d.digest()).isEmpty()) return;
    blobs.put(d.digest(), d.size());
    for (Descriptor child : store.documents().read(scope, d).children()) indexes(child, depth - 1);
  }

  private static Optional<Reference> reference(String name) {
    try {
      return Optional.of(Reference.parse(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a name that is no reference has no tag
    }
  }

  /** Docker knows one image a name: that for the platform asked for, or this machine's. */
  private void docker(Descriptor target, Optional<Reference> reference) throws IOException {
    ImageTree.Resolved image;
    try {
      image = store.documents().resolve(scope, target, Optional.of(request.platform().orElse(Platform.host())));
    } catch (NotFoundException e) {
      return; // nothing that docker would load here
    }
    Map<String, Object> entry = docker.computeIfAbsent(image.manifest().digest(), k -> {
      Map<String, Object> fresh = new LinkedHashMap<>();
      fresh.put("Config", path(image.configDescriptor().digest()));
      fresh.put("RepoTags", new ArrayList<String>());
      fresh.put("Layers", image.layers().stream().map(l -> path(l.digest())).toList());
      return fresh;
    });
    @SuppressWarnings("unchecked")
    List<String> tags = (List<String>) entry.get("RepoTags");
    reference.filter(r -> r.tag().isPresent()).ifPresent(r -> tags.add(familiar(r)));
  }

  private static String familiar(Reference r) {
    return (r.host() + "/" + r.repository() + ":" + r.tag().orElseThrow()).replaceFirst("^docker\\.io/(library/)?", "");
  }

  private static String path(Digest d) {
    return "blobs/" + d.algorithm() + "/" + d.hex();
  }

  private static void folder(OutputStream out, String name) throws IOException {
    head(out, name, '5', 0);
  }

  private static void document(OutputStream out, String name, byte[] bytes) throws IOException {
    head(out, name, '0', bytes.length);
    out.write(bytes);
    pad(out, bytes.length);
  }

  private static void pad(OutputStream out, long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  /** A ustar header; a size beyond 8 GiB in GNU's form, which all readers of such archives know. */
  private static void head(OutputStream out, String name, char type, long size) throws IOException {
    byte[] h = new byte[BLOCK];
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= 100) {
      System.arraycopy(bytes, 0, h, 0, bytes.length);
    } else { // blobs/sha512/HEX
      int slash = name.lastIndexOf('/');
      put(h, 345, name.substring(0, slash));
      put(h, 0, name.substring(slash + 1, Math.min(name.length(), slash + 101)));
      if (name.length() > slash + 101) throw new io.gantry.api.UnsupportedException("the name " + name + " is too long for a tar archive");
    }
    put(h, 100, type == '5' ? "0000755" : "0000644");
    put(h, 108, "0000000");
    put(h, 116, "0000000");
    if (size < 1L << 33) {
      put(h, 124, String.format("%011o", size));
    } else {
      h[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) h[135 - i] = (byte) (size >> 8 * i);
    }
    put(h, 136, "00000000000");
    put(h, 148, "        ");
    h[156] = (byte) type;
    put(h, 257, "ustar");
    put(h, 263, "00");
    int sum = 0;
    for (byte b : h) sum += b & 0xff;
    put(h, 148, String.format("%06o", sum));
    h[154] = 0;
    out.write(h);
  }

  private static void put(byte[] h, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, h, at, bytes.length);
  }
}
