package io.gantry.transfer;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.unpack.DiffRequest;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.service.unpack.Unpacker;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** Follows the writes and checks the diff ids as the real one does; makes no trees. */
final class TestUnpacker implements Unpacker {
  private static final Set<String> DRIVERS = Set.of("overlayfs", "native");
  private final Contents contents;
  final Set<Digest> sealed = ConcurrentHashMap.newKeySet();
  volatile IOException failure;
  volatile Duration stalled = Duration.ofSeconds(60);

  TestUnpacker(Contents contents) {
    this.contents = contents;
  }

  @Override
  public Digest unpack(Scope scope, UnpackRequest request, Consumer<Progress> progress) throws IOException {
    List<Digest> chain = Digest.chain(request.diffIds());
    for (int i = 0; i < chain.size(); i++) {
      Descriptor layer = request.layers().get(i);
      if (sealed.contains(chain.get(i))) {
        progress.accept(new Progress(layer.digest(), "exists", 0, layer.size(), "test"));
        continue;
      }
      if (failure != null) throw failure;
      progress.accept(new Progress(layer.digest(), "unpacking", 0, layer.size(), "test"));
      try (InputStream in = contents.tail(scope, request.refs().get(i), layer.digest(), stalled)) {
        Digest found = diffId(in);
        if (!found.equals(request.diffIds().get(i))) {
          throw new CorruptException("layer " + layer.digest(), request.diffIds().get(i).toString(), found.toString());
        }
      }
      sealed.add(chain.get(i));
      progress.accept(new Progress(layer.digest(), "unpacked", layer.size(), layer.size(), "test"));
    }
    return chain.getLast();
  }

  private static Digest diffId(InputStream in) throws IOException {
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      InputStream peeked = new BufferedInputStream(in);
      peeked.mark(1);
      boolean gzip = peeked.read() == 0x1f;
      peeked.reset();
      new DigestInputStream(gzip ? new GZIPInputStream(peeked) : peeked, hash).transferTo(OutputStream.nullOutputStream());
      return Digest.sha256(hash.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Descriptor apply(Scope scope, Descriptor blob, List<Mount> mounts) {
    throw new UnsupportedOperationException("a transfer applies no blob by itself");
  }

  @Override
  public Descriptor applyToDisk(Scope scope, Descriptor blob, List<Mount> mounts) {
    return apply(scope, blob, mounts);
  }

  @Override
  public Descriptor diff(Scope scope, List<Mount> lower, List<Mount> upper, DiffRequest request) {
    throw new UnsupportedOperationException("a transfer compares no trees");
  }

  @Override
  public int present(Scope scope, String snapshotter, List<Digest> diffIds) throws NotFoundException {
    if (!DRIVERS.contains(snapshotter)) throw new NotFoundException("there is no driver snapshot/" + snapshotter);
    int n = 0;
    for (Digest c : Digest.chain(diffIds)) {
      if (!sealed.contains(c)) break;
      n++;
    }
    return n;
  }
}
