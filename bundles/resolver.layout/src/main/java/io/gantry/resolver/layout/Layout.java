package io.gantry.resolver.layout;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Mode;
import io.gantry.linux.Open;
import io.gantry.oci.Descriptors;
import io.gantry.oci.Document;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One folder in OCI's layout, as long as a call takes. Whoever fills such folders is a stranger: no name leads out of the root, by {@code
 * ..} or a link, and nothing but plain files is read.
 */
final class Layout implements Closeable {
  static final String NAME = "org.opencontainers.image.ref.name";
  private static final String FULL_NAME = "io.containerd.image.name";

  private final Fd root;
  private final Reference reference;

  private Layout(Fd root, Reference reference) {
    this.root = root;
    this.reference = reference;
  }

  /** @throws NotFoundException there is no layout of that name */
  static Layout open(Path root, Reference reference) throws IOException {
    Fd fd;
    try {
      fd = Fd.open(root);
    } catch (ErrnoException e) {
      throw e.as(reference + ": opening the folder of layouts, " + root);
    }
    var layout = new Layout(fd, reference);
    try {
      layout.check();
      return layout;
    } catch (IOException | RuntimeException e) {
      layout.close();
      throw e;
    }
  }

  private void check() throws IOException {
    JsonObject version = Json.object(read("oci-layout", "no layout is there"), this + ": oci-layout");
    if (!version.text("imageLayoutVersion").startsWith("1.")) {
      throw new InvalidException(this + ": the layout has the version " + version.text("imageLayoutVersion") + ", expected 1.0.0");
    }
  }

  /** Whether a blob is there, of its size. */
  boolean has(Descriptor d) throws IOException {
    try (Plain file = blobFile(d.digest())) {
      return file.size() == d.size();
    } catch (NotFoundException e) {
      return false;
    }
  }

  /** The index as it is written. */
  byte[] index() throws IOException {
    return read("index.json", "the layout has no index");
  }

  /** What the reference means. */
  Descriptor target() throws IOException {
    List<Descriptor> all = new ArrayList<>();
    JsonObject index = Json.object(read("index.json", "the layout has no index"), this + ": index.json");
    for (JsonObject o : index.objects("manifests")) all.add(Descriptors.read(o));
    Descriptor named = reference.digest().isPresent() ? byDigest(all, reference.digest().get()) : byTag(all, reference.object());
    try (Plain file = blobFile(named.digest())) {
      sized(named, file);
    }
    return Descriptor.of(named.mediaType(), named.digest(), named.size());
  }

  private Descriptor byTag(List<Descriptor> all, String tag) throws IOException {
    List<Descriptor> found = all.stream().filter(d -> isOf(d, reference)).toList();
    if (found.isEmpty()) found = all.stream().filter(d -> tag.equals(tag(d))).toList();
    if (found.isEmpty() && tag.equals("latest") && all.size() == 1 && tag(all.getFirst()).isEmpty()) found = all;
    if (found.stream().map(Descriptor::digest).distinct().count() > 1) {
      throw new InvalidException(this + ": index.json has " + found.size() + " different entries of the name " + tag
          + "; name one by digest");
    }
    if (found.isEmpty()) {
      List<String> names = all.stream().map(Layout::tag).filter(t -> !t.isEmpty()).toList();
      throw new NotFoundException(this + ": index.json has no entry of the name " + tag + " (404); it has " + (names.isEmpty()
          ? "no names" : String.join(", ", names)));
    }
    return found.getFirst();
  }

  /** Whether an entry has the tag alone or the whole reference as its name. One of another image's whole name is that image's. */
  static boolean isOf(Descriptor d, Reference reference) {
    String name = d.annotations().getOrDefault(FULL_NAME, d.annotations().getOrDefault(NAME, ""));
    String tag = reference.tag().orElse("latest");
    return name.equals(tag) || name.equals(reference.host() + "/" + reference.repository() + ":" + tag);
  }

  /** As tools name entries: by a tag, or by a whole name that ends in one. */
  static String tag(Descriptor d) {
    String name = d.annotations().getOrDefault(NAME, d.annotations().getOrDefault(FULL_NAME, ""));
    return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1);
  }

  /** An entry of the index, or any document among the blobs: of that one the kind is told by its bytes, which so must be of the digest. */
  private Descriptor byDigest(List<Descriptor> all, Digest digest) throws IOException {
    Optional<Descriptor> entry = all.stream().filter(d -> d.digest().equals(digest)).findFirst();
    if (entry.isPresent()) return entry.get();
    byte[] bytes;
    try (Plain file = blobFile(digest)) {
      bytes = file.whole(Json.MAX_BYTES);
    }
    Digest found = Hasher.digest(digest.algorithm(), bytes);
    if (!found.equals(digest)) throw new CorruptException(this + ": a blob is not what its name says", digest.toString(), found.toString());
    return Descriptor.of(Document.parse(bytes, "", this + ": blob " + digest).mediaType(), digest, bytes.length);
  }

  /** Its bytes from an offset on; goes on after this layout is closed. */
  InputStream blob(Descriptor d, long offset) throws IOException {
    Plain file = blobFile(d.digest());
    try {
      sized(d, file);
      return file.from(offset);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private Plain blobFile(Digest digest) throws IOException {
    return file("blobs/" + digest.algorithm() + "/" + digest.hex(), "blob " + digest + " is not there");
  }

  private void sized(Descriptor d, Plain file) throws IOException {
    if (file.size() == d.size()) return;
    throw new CorruptException(this + ": blob " + d.digest() + " has another size than is said", d.size() + " bytes", file.size()
        + " bytes");
  }

  private byte[] read(String name, String without) throws IOException {
    try (Plain file = file(name, without)) {
      return file.whole(Json.MAX_BYTES);
    }
  }

  private Plain file(String name, String without) throws IOException {
    Fd fd;
    try {
      // a fifo would wait for a writer else
      fd = root.beneath((reference.repository() + "/" + name).getBytes(StandardCharsets.UTF_8), Open.RDONLY | Open.NONBLOCK | Open.NOCTTY);
    } catch (ErrnoException e) {
      throw switch (e.errno()) {
        case Errno.ENOENT, Errno.ENOTDIR -> new NotFoundException(this + ": " + without + " (404): " + name, e);
        case Errno.EXDEV, Errno.ELOOP -> new DeniedException(this + ": " + name + " leads out of the folder of layouts", e);
        default -> e.as(this + ": " + name);
      };
    }
    try {
      return new Plain(fd, this + ": " + name);
    } catch (IOException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** An open plain file. */
  private static final class Plain implements Closeable {
    private final Fd fd;
    private final String name;
    private final long size;

    Plain(Fd fd, String name) throws IOException {
      this.fd = fd;
      this.name = name;
      var stat = fd.stat();
      if ((stat.mode() & Mode.TYPE) != Mode.FILE) throw new InvalidException(name + " is no plain file");
      this.size = stat.size();
    }

    long size() {
      return size;
    }

    byte[] whole(int max) throws IOException {
      if (size > max) throw new ExhaustedException(name + " takes " + size + " bytes, at most " + max + " are read");
      try (InputStream in = from(0)) {
        return in.readNBytes(max);
      }
    }

    InputStream from(long offset) {
      return new FileStream(fd, name, offset, size);
    }

    @Override
    public void close() {
      fd.close();
    }
  }

  @Override
  public void close() {
    root.close();
  }

  /** For messages: who and what. */
  @Override
  public String toString() {
    return reference.toString();
  }
}
