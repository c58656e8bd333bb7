package io.gantry.records;

import io.gantry.api.ConflictException;
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
    boolean first = isFirst(scope, changes);
    try {
      long revision = commit(scope, changes, first);
      known.add(scope.namespace());
      return revision;
    } catch (ConflictException e) {
      if (first && !isFirst(scope, changes)) return change(scope, changes); // somebody made the namespace meanwhile, perhaps with labels
      throw e;
    }
  }

  private long commit(Scope scope, List<Change> changes, boolean first) throws IOException {
    var batch = Batch.builder();
    for (Change c : changes) {
      Key key = key(scope, c.table(), c.id());
      if (c.revision() >= 0) batch.require(key, c.revision());
      c.json().ifPresentOrElse(json -> batch.put(key, json), () -> batch.remove(key));
    }
    if (first) batch.require(namespace(scope), Batch.ABSENT).put(namespace(scope), EMPTY);
    return drivers.call(MetadataStore.class, store, scope, s -> s.commit(batch.build()));
  }

  /** A namespace is there from its first record on, which is its own where it is labelled before it has any. */
  private boolean isFirst(Scope scope, List<Change> changes) throws IOException {
    if (known.contains(scope.namespace())) return false;
    if (changes.stream().anyMatch(c -> c.table().equals(NAMESPACES) && c.id().equals(scope.namespace()))) return false;
    return drivers.call(MetadataStore.class, store, scope, s -> s.get(namespace(scope))).isEmpty();
  }

  private static Key namespace(Scope scope) {
    return new Key(NAMESPACES, "", scope.namespace());
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
