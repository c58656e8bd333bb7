package io.gantry.content.local;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Blobs and unfinished writes as files in one folder. A blob's bytes are synced, then renamed, then the folder is synced (I-8). */
final class LocalStore implements ContentStore, Ingester, Closeable {
  private final Blobs blobs;
  private final Ingests ingests;

  /** @param syncEvery bytes of a write after which they are synced */
  LocalStore(Path root, Host host, long syncEvery) throws IOException {
    if (syncEvery < 1) throw new IllegalArgumentException("content.local: sync.megabytes must be at least 1");
    Folder.make(root);
    this.blobs = new Blobs(root.resolve("blobs"));
    this.ingests = new Ingests(root.resolve("ingest"), host, syncEvery);
  }

  @Override
  public Optional<Blob> find(Digest digest) throws IOException {
    return blobs.find(digest);
  }

  @Override
  public List<Blob> list(Optional<Digest> after, int max) throws IOException {
    return blobs.list(after, max);
  }

  @Override
  public int read(Digest digest, long position, ByteBuffer into) throws IOException {
    return blobs.read(digest, position, into);
  }

  @Override
  public boolean remove(Digest digest) throws IOException {
    blobs.remove(digest);
    return true;
  }

  @Override
  public IngestStatus begin(IngestSpec spec) throws IOException {
    return ingests.with(spec.ref(), i -> i.begin(spec));
  }

  @Override
  public Optional<IngestStatus> status(String ref) throws IOException {
    return ingests.with(ref, Ingest::status);
  }

  @Override
  public List<IngestStatus> ingests(String after, int max) throws IOException {
    return ingests.list(after, max);
  }

  @Override
  public long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    return ingests.with(key.ref(), i -> i.append(key, offset, bytes));
  }

  @Override
  public int readIngest(IngestKey key, long position, ByteBuffer into) throws IOException {
    return ingests.beside(key.ref(), i -> {
      try (FileChannel in = FileChannel.open(i.readable(), StandardOpenOption.READ)) {
        return in.read(into, position);
      } catch (NoSuchFileException e) {
        throw new NotFoundException("there is no write '" + key.ref() + "' any more", e);
      }
    });
  }

  @Override
  public void truncate(IngestKey key) throws IOException {
    ingests.with(key.ref(), i -> {
      i.truncate(key);
      return null;
    });
  }

  @Override
  public void release(IngestKey key) throws IOException {
    ingests.with(key.ref(), i -> {
      i.release(key);
      return null;
    });
  }

  @Override
  public void abort(String ref) throws IOException {
    ingests.with(ref, i -> {
      i.drop();
      return null;
    });
  }

  @Override
  public Optional<Blob> commit(IngestKey key, Digest digest, long size) throws IOException {
    return ingests.with(key.ref(), i -> Optional.of(committed(i, key, digest, size)));
  }

  /** A blob that is there is the answer, for a holder that comes second as for a call whose first answer was lost. */
  private Blob committed(Ingest i, IngestKey key, Digest digest, long size) throws IOException {
    Optional<Blob> there = blobs.find(digest).filter(b -> b.size() == size);
    if (there.isPresent() && (i.isHeldBy(key) || i.status().isEmpty())) {
      i.drop();
      return there.get();
    }
    Blob made = blobs.publish(i.finished(key, size), digest);
    i.drop();
    return made;
  }

  @Override
  public void close() throws IOException {
    ingests.close();
  }
}
