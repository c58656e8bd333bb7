package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The content driver by name; each call is a short borrow, so that any version may answer it. */
final class Store {
  private static final long SLICE_NANOS = 50_000_000;
  private final Drivers drivers;
  private final DriverRef ref;

  Store(Drivers drivers, String name) {
    this.drivers = drivers;
    this.ref = new DriverRef(ContentStore.KIND, name);
  }

  String name() {
    return ref.name();
  }

  Optional<Blob> find(Scope scope, Digest digest) throws IOException {
    return drivers.call(ContentStore.class, ref, scope, s -> s.find(digest));
  }

  List<Blob> list(Scope scope, Optional<Digest> after, int max) throws IOException {
    return drivers.<ContentStore, List<Blob>>call(ContentStore.class, ref, scope, s -> s.list(after, max));
  }

  /** In calls that are short, so that a driver that goes is not held up. */
  void remove(Scope scope, Collection<Digest> digests) throws IOException {
    List<Digest> left = List.copyOf(digests);
    while (!left.isEmpty()) {
      List<Digest> now = left;
      left = drivers.<ContentStore, List<Digest>>call(ContentStore.class, ref, scope, s -> {
        var more = new ArrayList<Digest>();
        long end = System.nanoTime() + SLICE_NANOS;
        for (Digest d : now) if (System.nanoTime() - end > 0 || !s.remove(d)) more.add(d);
        return more;
      });
    }
  }

  int read(Scope scope, Digest digest, long position, ByteBuffer into) throws IOException {
    return filled(into, drivers.call(ContentStore.class, ref, scope, s -> s.read(digest, position, into.duplicate())));
  }

  /** Takes the ref; the caller has it here, so nobody else can mean to hold it. */
  IngestStatus begin(Scope scope, String ingest, Optional<Digest> expected, OptionalLong total) throws IOException {
    return drivers.<Ingester, IngestStatus>lend(Ingester.class, ref, scope, b -> begun(b, ingest, expected, total));
  }

  /** Goes on with an ingest: by its key where the driver is the same, else by taking it over from the one before. */
  IngestStatus resume(Scope scope, IngestKey key, Optional<Digest> expected, OptionalLong total) throws IOException {
    return drivers.<Ingester, IngestStatus>lend(Ingester.class, ref, scope, b -> {
      Optional<IngestStatus> mine = b.driver().status(key.ref()).filter(s -> s.held() && s.key().equals(key) && key.epoch() == b.epoch());
      return mine.isPresent() ? mine.get() : begun(b, key.ref(), expected, total);
    });
  }

  private static IngestStatus begun(Borrowed<Ingester> b, String ingest, Optional<Digest> expected, OptionalLong total) throws IOException {
    var spec = new IngestSpec(ingest, expected, total, b.epoch());
    try {
      return b.driver().begin(spec);
    } catch (UnavailableException e) {
      // Held by a begin or release whose answer was lost. Its key is plain data and gives it free.
      Optional<IngestStatus> lost = b.driver().status(ingest).filter(IngestStatus::held);
      if (lost.isEmpty()) throw e;
      b.driver().release(lost.get().key());
      return b.driver().begin(spec);
    }
  }

  Optional<IngestStatus> status(Scope scope, String ingest) throws IOException {
    return drivers.call(Ingester.class, ref, scope, s -> s.status(ingest));
  }

  List<IngestStatus> ingests(Scope scope, String after, int max) throws IOException {
    return drivers.call(Ingester.class, ref, scope, s -> s.ingests(after, max));
  }

  /** The new offset; {@code bytes} is not moved, so that a call whose answer is lost can be made again. */
  long append(Scope scope, IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    return drivers.call(Ingester.class, ref, scope, s -> s.append(key, offset, bytes.duplicate()));
  }

  int readIngest(Scope scope, IngestKey key, long position, ByteBuffer into) throws IOException {
    return filled(into, drivers.call(Ingester.class, ref, scope, s -> s.readIngest(key, position, into.duplicate())));
  }

  void truncate(Scope scope, IngestKey key) throws IOException {
    drivers.call(Ingester.class, ref, scope, s -> {
      s.truncate(key);
      return null;
    });
  }

  void release(Scope scope, IngestKey key) throws IOException {
    drivers.call(Ingester.class, ref, scope, s -> {
      s.release(key);
      return null;
    });
  }

  void abort(Scope scope, String ingest) throws IOException {
    drivers.call(Ingester.class, ref, scope, s -> {
      s.abort(ingest);
      return null;
    });
  }

  Blob commit(Scope scope, IngestKey key, Digest digest, long size) throws IOException {
    Optional<Blob> done = Optional.empty();
    while (done.isEmpty()) done = drivers.call(Ingester.class, ref, scope, s -> s.commit(key, digest, size));
    return done.get();
  }

  private static int filled(ByteBuffer into, int n) {
    if (n > 0) into.position(into.position() + n);
    return n;
  }
}
