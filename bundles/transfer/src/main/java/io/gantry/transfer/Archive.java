package io.gantry.transfer;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.oci.tar.Tar;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Leases;
import io.gantry.service.transfer.Progress;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * Brings what is in an archive of images into the content store, each file as it comes by: {@code blobs/ALGORITHM/HEX} under that digest,
 * any other under the digest that it has. Names are keys of a map and nothing else. A few documents are kept by their names.
 */
final class Archive {
  /** Of a document that says what is in the archive (CVE-2023-25153). */
  static final int MAX_DOCUMENT = 20 << 20;

  private static final int MAX_ENTRIES = 100_000;
  private static final int BUFFER = 256 << 10;
  private static final java.util.Set<String> DOCUMENTS = java.util.Set.of("oci-layout", "index.json", "manifest.json");

  /** A file of the archive that is a blob now. */
  record File(Digest digest, long size, String suffix) {}

  private final Contents contents;
  private final Leases leases;
  private final Scope scope;
  private final Consumer<Progress> progress;
  private final String id = UUID.randomUUID().toString();
  private final Map<String, byte[]> documents = new HashMap<>();
  private final Map<String, File> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  Archive(Contents contents, Leases leases, Scope scope, Consumer<Progress> progress) {
    this.contents = contents;
    this.leases = leases;
    this.scope = scope;
    this.progress = progress;
  }

  void read(InputStream archive) throws IOException {
    InputStream in = new BufferedInputStream(archive, BUFFER);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    Tar tar = new Tar(gzip ? new BufferedInputStream(new GZIPInputStream(in), BUFFER) : in);
    int entries = 0;
    for (Tar.Entry e = tar.next(); e != null; e = tar.next()) {
      if (++entries > MAX_ENTRIES) throw new ExhaustedException("the archive has more than " + MAX_ENTRIES + " entries");
      String name = plain(e.name());
      if (!e.link().isEmpty()) links.put(name, beside(name, e.link()));
      if (!e.file()) continue;
      if (DOCUMENTS.contains(name)) documents.put(name, document(name, e, tar.data()));
      else files.put(name, blob(name, e, tar.data()));
    }
  }

  Optional<byte[]> document(String name) {
    return Optional.ofNullable(documents.get(name));
  }

  /** What a name stands for, links followed. */
  Optional<File> file(String name) {
    String at = plain(name);
    for (int hops = 0; hops < 16 && links.containsKey(at); hops++) at = links.get(at);
    return Optional.ofNullable(files.get(at));
  }

  private static String plain(String name) {
    return beside("", name);
  }

  /** A link's target as a name of the archive. */
  private static String beside(String name, String link) {
    Deque<String> parts = new ArrayDeque<>();
    String folder = name.contains("/") && !link.startsWith("/") ? name.substring(0, name.lastIndexOf('/')) : "";
    for (String part : (folder + "/" + link).split("/")) {
      if (part.equals("..")) parts.pollLast();
      else if (!part.isEmpty() && !part.equals(".")) parts.addLast(part);
    }
    return String.join("/", parts);
  }

  private static byte[] document(String name, Tar.Entry e, InputStream data) throws IOException {
    if (e.size() > MAX_DOCUMENT) {
      throw new ExhaustedException(name + " of the archive takes " + e.size() + " bytes, at most " + MAX_DOCUMENT + " are read");
    }
    return data.readAllBytes();
  }

  private File blob(String name, Tar.Entry e, InputStream data) throws IOException {
    String[] parts = name.split("/");
    boolean named = parts.length == 3 && parts[0].equals("blobs");
    Optional<Digest> digest = named ? Optional.of(digest(parts[1] + ":" + parts[2])) : Optional.empty();
    String told = digest.map(d -> "blob-" + d).orElse(name);
    progress.accept(new Progress(told, "waiting", 0, e.size()));
    File f = new Copy(told, digest, e.size(), data).run();
    leases.hold(scope, "content", f.digest.toString());
    return f;
  }

  private static Digest digest(String text) throws InvalidException {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidException("the archive has a blob whose name is no digest: " + e.getMessage(), e);
    }
  }

  /** What layers of docker's archives are, by their first bytes. */
  private static String suffix(byte[] first, int n) {
    if (n >= 2 && (first[0] & 0xff) == 0x1f && (first[1] & 0xff) == 0x8b) return ".gzip";
    if (n >= 4 && (first[0] & 0xff) == 0x28 && (first[1] & 0xff) == 0xb5 && first[2] == 0x2f && (first[3] & 0xff) == 0xfd) return ".zstd";
    return "";
  }

  /** One file on its way; also what is there already is read and hashed, since an archive that is wrong should be told so. */
  private final class Copy {
    private final String told;
    private final Optional<Digest> expected;
    private final long size;
    private final InputStream data;
    private final Hasher hasher;
    private String suffix = "";
    private long at;

    Copy(String told, Optional<Digest> expected, long size, InputStream data) {
      this.told = told;
      this.expected = expected;
      this.size = size;
      this.data = data;
      this.hasher = new Hasher(expected.map(Digest::algorithm).orElse("sha256"));
    }

    File run() throws IOException {
      String ref = "import-" + id + "-" + told;
      Writer writer;
      try {
        writer = contents.writer(scope, new WriterSpec(ref, expected, OptionalLong.of(size), Map.of()));
      } catch (AlreadyExistsException e) {
        File there = file(pour(null));
        progress.accept(new Progress(told, "exists", 0, size));
        return there;
      }
      File f;
      try {
        f = file(pour(writer));
        writer.commit(f.digest, size);
      } catch (IOException | RuntimeException | Error e) {
        CleanUp.after(e, scope, last -> writer.close());
        CleanUp.after(e, scope, last -> abort(last, ref));
        throw e;
      }
      writer.close();
      progress.accept(new Progress(told, "done", size, size));
      return f;
    }

    /** A store may have the bytes already, of another namespace: containerd then begins behind them. They are read here all the same. */
    private Digest pour(Writer writer) throws IOException {
      long there = writer == null ? size : writer.status().offset();
      byte[] buffer = new byte[BUFFER];
      for (int n = data.readNBytes(buffer, 0, buffer.length); n > 0; n = data.readNBytes(buffer, 0, buffer.length)) {
        if (at == 0) suffix = suffix(buffer, n);
        hasher.update(buffer, 0, n);
        at += n;
        int known = Math.clamp(there - (at - n), 0, n);
        if (known < n && writer != null) writer.write(ByteBuffer.wrap(buffer, known, n - known));
        progress.accept(new Progress(told, "committing", at, size));
      }
      return hasher.digest();
    }

    private File file(Digest found) throws CorruptException {
      if (expected.isPresent() && !expected.get().equals(found)) {
        throw new CorruptException("a blob of the archive is not what its name says", expected.get().toString(), found.toString());
      }
      return new File(found, size, suffix);
    }

    private void abort(Scope last, String ref) throws IOException {
      if (contents.status(last, ref).isPresent()) contents.abort(last, ref);
    }
  }

  static Descriptor descriptor(File f, String mediaType) {
    return Descriptor.of(mediaType, f.digest, f.size);
  }
}
