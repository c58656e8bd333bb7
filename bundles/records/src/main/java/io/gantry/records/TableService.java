package io.gantry.records;

import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.record.Table;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Tables over the metadata driver, one borrow per call. */
@Component(configurationPid = "records")
@Designate(ocd = TableService.Config.class)
public final class TableService implements Table {
  /** Configuration. */
  @ObjectClassDefinition(name = "Records")
  @interface Config {
    @AttributeDefinition(description = "Name of the metadata driver that keeps the records; default mapdb") String store() default "mapdb";
  }

  /** The table of namespaces themselves; its rows belong to no namespace. */
  static final String NAMESPACES = "namespace";

  private static final byte[] EMPTY = "{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private final Drivers drivers;
  private final DriverRef store;
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  @Activate
  public TableService(@Reference Drivers drivers, Config config) {
    this(drivers, new DriverRef(MetadataStore.KIND, config.store()));
  }

  TableService(Drivers drivers, DriverRef store) {
    this.drivers = drivers;
    this.store = store;
  }

  @Override
  public Optional<Row> get(Scope scope, String table, String id) throws IOException {
    Key key = key(scope, table, id);
    return drivers.call(MetadataStore.class, store, scope, s -> s.get(key)).map(TableService::row);
  }

  @Override
  public List<Row> list(Scope scope, String table, String after, int max) throws IOException {
    Key from = key(scope, table, after);
    // No namespace and no id has a character below this one, so it bounds the namespace's rows.
    Key to = new Key(table, namespace(scope, table) + "\u0001", "");
    List<Rec> page = drivers.call(MetadataStore.class, store, scope, s -> s.range(from, to, max + 1));
    return page.stream().filter(r -> !r.key().id().equals(after)).limit(max).map(TableService::row).toList();
  }

  @Override
  public long change(Scope scope, List<Change> changes) throws IOException {
    var batch = Batch.builder();
    for (Change c : changes) {
      Key key = key(scope, c.table(), c.id());
      if (c.revision() >= 0) batch.require(key, c.revision());
      c.json().ifPresentOrElse(json -> batch.put(key, json), () -> batch.remove(key));
    }
    boolean fresh = known.add(scope.namespace());
    try {
      if (fresh) enlist(scope, changes, batch);
      return drivers.call(MetadataStore.class, store, scope, s -> s.commit(batch.build()));
    } catch (IOException | RuntimeException e) {
      if (fresh) known.remove(scope.namespace());
      throw e;
    }
  }

  /** A namespace is there from its first record on. */
  private void enlist(Scope scope, List<Change> changes, Batch.Builder batch) throws IOException {
    Key key = new Key(NAMESPACES, "", scope.namespace());
    boolean writesItself = changes.stream().anyMatch(c -> c.table().equals(NAMESPACES) && c.id().equals(scope.namespace()));
    if (!writesItself && drivers.call(MetadataStore.class, store, scope, s -> s.get(key)).isEmpty()) batch.put(key, EMPTY);
  }

  private static String namespace(Scope scope, String table) {
    return table.equals(NAMESPACES) ? "" : scope.namespace();
  }

  private static Key key(Scope scope, String table, String id) {
    return new Key(table, namespace(scope, table), id);
  }

  private static Row row(Rec r) {
    return new Row(r.key().id(), r.revision(), r.value());
  }
}
