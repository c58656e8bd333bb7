package io.gantry.transfer;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.oci.Document;
import io.gantry.oci.Index;
import io.gantry.oci.Manifest;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.transfer.Checks.Damage;
import io.gantry.service.transfer.Checks.Standing;
import io.gantry.service.transfer.Checks.Verified;
import io.gantry.service.transfer.Progress;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Looks images through. */
record Check(Contents contents, Documents documents, Unpacker unpacker, Scope scope) {
  private static final int PAGE = 500;
  private static final int BUFFER = 256 << 10;

  Standing standing(Descriptor target, Platform platform, String snapshotter) throws IOException {
    Map<Digest, Descriptor> needed = new LinkedHashMap<>();
    Optional<Manifest> manifest = descend(target, platform, needed, Documents.DEPTH);
    List<Descriptor> missing = new ArrayList<>();
    for (Descriptor d : needed.values()) if (contents.find(scope, d.digest()).isEmpty()) missing.add(d);
    return new Standing(List.copyOf(needed.values()), missing, manifest.isPresent() && unpacked(manifest.get(), snapshotter));
  }

  /** The way to the manifest for a platform, as far as it is here. */
  private Optional<Manifest> descend(Descriptor d, Platform platform, Map<Digest, Descriptor> needed, int depth) throws IOException {
    needed.put(d.digest(), d);
    if (contents.find(scope, d.digest()).isEmpty()) return Optional.empty();
    Document document = documents.read(scope, d);
    if (document instanceof Manifest manifest) {
      for (Descriptor child : manifest.children()) if (!Plan.isForeign(child.mediaType())) needed.put(child.digest(), child);
      return Optional.of(manifest);
    }
    List<Descriptor> fits = ((Index) document).choose(platform);
    if (fits.isEmpty() || depth == 0) {
      var others = ((Index) document).platforms();
      throw new NotFoundException(Documents.what(d) + " has nothing for " + platform + "; it has " + (others.isEmpty() ? "nothing for any"
          : String.join(", ", others)));
    }
    return descend(fits.getFirst(), platform, needed, depth - 1);
  }

  private boolean unpacked(Manifest manifest, String snapshotter) throws IOException {
    if (!manifest.isImage() || contents.find(scope, manifest.config().digest()).isEmpty()) return false;
    List<Digest> diffIds = documents.config(scope, manifest.config()).diffIds();
    return unpacker.present(scope, snapshotter, diffIds) == diffIds.size();
  }

  Verified verify(Optional<Descriptor> target, Consumer<Progress> progress) throws IOException {
    Verification v = new Verification(progress);
    if (target.isPresent()) v.descend(target.get(), Documents.DEPTH);
    else v.all();
    return new Verified(v.seen.size(), v.bytes, v.damages);
  }

  private final class Verification {
    private final Consumer<Progress> progress;
    private final Map<Digest, Boolean> seen = new LinkedHashMap<>();
    private final List<Damage> damages = new ArrayList<>();
    private long bytes;

    Verification(Consumer<Progress> progress) {
      this.progress = progress;
    }

    void all() throws IOException {
      Optional<Digest> after = Optional.empty();
      for (List<Info> page = contents.list(scope, after, PAGE); !page.isEmpty(); page = contents.list(scope, after, PAGE)) {
        for (Info i : page) read(i.digest());
        after = Optional.of(page.getLast().digest());
      }
    }

    /** A document is read on its own before it is believed. */
    void descend(Descriptor d, int depth) throws IOException {
      if (seen.containsKey(d.digest()) || contents.find(scope, d.digest()).isEmpty() || !read(d.digest())) return;
      if (depth == 0 || !Documents.names(d)) return;
      for (Descriptor child : documents.read(scope, d).children()) descend(child, depth - 1);
    }

    private boolean read(Digest digest) throws IOException {
      long before = bytes;
      boolean right = false;
      try (Reader reader = contents.reader(scope, digest); InputStream in = reader.stream(0)) {
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          bytes += n;
          if (Thread.currentThread().isInterrupted()) throw new InterruptedIOException("interrupted while verifying " + digest);
        }
        right = true;
      } catch (CorruptException e) {
        damages.add(new Damage(digest, e.actual()));
      } catch (NotFoundException e) {
        damages.add(new Damage(digest, "nothing: its bytes are gone"));
      }
      seen.put(digest, right);
      progress.accept(new Progress("blob-" + digest, right ? "done" : "corrupt", bytes - before, bytes - before));
      return right;
    }
  }
}
