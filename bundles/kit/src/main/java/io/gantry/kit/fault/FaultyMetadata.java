package io.gantry.kit.fault;

import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A metadata store whose commits fail; with {@link Faults#tearingWrites} one that fails was carried out all the same, as after a crash
 * between the commit and its answer.
 */
public record FaultyMetadata(MetadataStore store, Faults faults) implements MetadataStore, AutoCloseable {
  @Override
  public long commit(Batch batch) throws IOException {
    if (!faults.fails()) return store.commit(batch);
    if (faults.tears()) store.commit(batch);
    throw Faults.full("commit of " + batch.puts().size() + " records");
  }

  @Override
  public Optional<Rec> get(Key key) throws IOException {
    return store.get(key);
  }

  @Override
  public List<Rec> range(Key from, Key to, int max) throws IOException {
    return store.range(from, to, max);
  }

  @Override
  public long sequence() throws IOException {
    return store.sequence();
  }

  @Override
  public void close() throws Exception {
    faults.closing();
    if (store instanceof AutoCloseable c) c.close();
  }
}
