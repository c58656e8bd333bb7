package io.gantry.metadata.mapdb;

import io.gantry.api.CorruptException;
import io.gantry.api.DriverContext;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The metadata store as a service, one instance per configuration {@code metadata.mapdb~name}. */
@Component(
    configurationPid = "metadata.mapdb", configurationPolicy = ConfigurationPolicy.REQUIRE, property = "gantry.kind=" + MetadataStore.KIND)
@Designate(ocd = MapDbComponent.Config.class, factory = true)
public final class MapDbComponent implements MetadataStore {
  /** Configuration. */
  @ObjectClassDefinition(name = "Metadata store in a journal, indexed by MapDB")
  @interface Config {
    @AttributeDefinition(min = "1", description =
        "Journal bytes after which a snapshot is taken, in MiB; default 16") int checkpoint_megabytes() default 16;

    @AttributeDefinition(min = "1",
        description = "Commits after which a snapshot is taken; default 20000") long checkpoint_commits() default 20_000;

    @AttributeDefinition(min = "0", description =
        "Records from which MapDB holds the index, outside the heap; default 500") long index_records() default 500;
  }

  private final Optional<JournaledStore> store;
  private final Optional<CorruptException> damage;

  @Activate
  public MapDbComponent(Config config, Map<String, Object> properties) throws IOException {
    var options = options(config);
    JournaledStore opened = null;
    CorruptException found = null;
    try {
      opened = new JournaledStore(DriverContext.of(properties).root(), options);
    } catch (CorruptException e) {
      found = e; // told at first use (M-7), where the caller sees file and position
    }
    store = Optional.ofNullable(opened);
    damage = Optional.ofNullable(found);
  }

  private static Options options(Config config) {
    return new Options((long) config.checkpoint_megabytes() << 20, config.checkpoint_commits(), config.index_records());
  }

  @Deactivate
  public void close() {
    store.ifPresent(JournaledStore::close);
  }

  private JournaledStore store() throws IOException {
    if (damage.isPresent()) throw damage.get();
    return store.orElseThrow();
  }

  @Override
  public long commit(Batch batch) throws IOException {
    return store().commit(batch);
  }

  @Override
  public Optional<Rec> get(Key key) throws IOException {
    return store().get(key);
  }

  @Override
  public List<Rec> range(Key from, Key to, int max) throws IOException {
    return store().range(from, to, max);
  }

  @Override
  public long sequence() throws IOException {
    return store().sequence();
  }
}
