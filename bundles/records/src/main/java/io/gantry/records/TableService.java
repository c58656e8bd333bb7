package io.gantry.records;

import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.record.Table;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables over the metadata driver, one borrow per call. A changed configuration holds from the next call on; a wrong one leaves the driver
 * before. Where there is none, as at the start, every call fails until there is: no default takes its place, which would be other data, and
 * those who refer to this service stay.
 */
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

  /** No table and no namespace has a character below this one, so it bounds what is in it. */
  private static final String NEXT = "\u0001";

  private static final Key FIRST = new Key(NEXT, "", "");
  private static final String LAST = "\uffff";
  private static final byte[] EMPTY = "{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final Logger log = LoggerFactory.getLogger(TableService.class);
  private final Drivers drivers;
  private final Commits commits = new Commits(this::touched, Commits.PATIENCE);
  /** Empty as long as no configuration had a name. */
  private volatile Optional<Store> store = Optional.empty();
  private volatile String wrong = "";

  /**
   * The driver in use.
   *
   * @param known namespaces that have their record there
   * @param cache rows of it
   */
  private record Store(DriverRef ref, Set<String> known, RowCache cache) {
    static Store of(DriverRef ref) {
      return new Store(ref, ConcurrentHashMap.newKeySet(), new RowCache());
    }
  }

  @Activate
  public TableService(@Reference Drivers drivers, Config config) {
    this.drivers = drivers;
    modified(config);
  }

  @Modified
  void modified(Config config) {
    try {
      store = Optional.of(Store.of(new DriverRef(MetadataStore.KIND, config.store())));
    } catch (IllegalArgumentException e) {
      wrong = "records.cfg: store = '" + config.store()
          + "' is no name of a driver: expected letters and digits, joined by . _ or -, e.g. mapdb";
      log.error("{}; {}", wrong, store.map(s -> "the driver " + s.ref() + " stays in use").orElse("records fail until it is right"));
    }
  }

  private void touched(Key key) {
    store.ifPresent(s -> s.cache.changed(key));
  }

  private Store store() throws InvalidException {
    return store.orElseThrow(() -> new InvalidException(wrong));
  }

  @Override
  public Optional<Row> get(Scope scope, String table, String id) throws IOException {
    Key key = key(scope, table, id);
    Store now = store();
    Optional<Rec> kept = now.cache.get(key);
    if (kept.isEmpty()) {
      long mark = now.cache.mark();
      kept = drivers.call(MetadataStore.class, now.ref, scope, s -> s.get(key));
      kept.ifPresent(r -> now.cache.put(r, mark));
    }
    return kept.map(TableService::row);
  }

  @Override
  public Optional<Row> recent(Scope scope, String table, String id) {
    return store.flatMap(s -> s.cache.get(key(scope, table, id))).map(TableService::row);
  }

  @Override
  public List<Row> get(Scope scope, String table, List<String> ids) throws IOException {
    return drivers.call(MetadataStore.class, store().ref(), scope, s -> {
      var rows = new ArrayList<Row>(ids.size());
      for (String id : ids) s.get(key(scope, table, id)).ifPresent(r -> rows.add(row(r)));
      return List.copyOf(rows);
    });
  }

  @Override
  public List<Row> list(Scope scope, String table, String after, int max) throws IOException {
    Key from = key(scope, table, after);
    Key to = new Key(table, namespace(scope, table) + NEXT, "");
    List<Rec> page = drivers.call(MetadataStore.class, store().ref(), scope, s -> s.range(from, to, max + 1));
    return page.stream().filter(r -> !r.key().id().equals(after)).limit(max).map(TableService::row).toList();
  }

  @Override
  public List<Placed> all(Scope scope, String table, Place after, int max) throws IOException {
    Key from = new Key(table, after.namespace(), after.id());
    List<Rec> page = drivers.call(MetadataStore.class, store().ref(), scope, s -> s.range(from, behind(table), max + 1));
    return page.stream().filter(r -> !r.key().equals(from)).limit(max).map(TableService::placed).toList();
  }

  /** Goes from namespace to namespace of the table, also to those that have no record of their own. */
  @Override
  public List<Placed> everywhere(Scope scope, String table, List<String> ids) throws IOException {
    return drivers.call(MetadataStore.class, store().ref(), scope, s -> {
      var all = new ArrayList<Placed>();
      Key from = new Key(table, "", "");
      for (List<Rec> next = s.range(from, behind(table), 1); !next.isEmpty(); next = s.range(from, behind(table), 1)) {
        String namespace = next.getFirst().key().namespace();
        for (String id : ids) s.get(new Key(table, namespace, id)).ifPresent(r -> all.add(placed(r)));
        from = new Key(table, namespace + NEXT, "");
      }
      return List.copyOf(all);
    });
  }

  private static Placed placed(Rec r) {
    return new Placed(new Place(r.key().namespace(), r.key().id()), r.revision(), r.value());
  }

  /** Goes from table to table, one look for the next and one into it. */
  @Override
  public List<String> tables(Scope scope) throws IOException {
    Key end = new Key(LAST, "", "");
    return drivers.call(MetadataStore.class, store().ref(), scope, s -> {
      var all = new ArrayList<String>();
      for (List<Rec> next = s.range(FIRST, end, 1); !next.isEmpty(); next = s.range(behind(all.getLast()), end, 1)) {
        all.add(next.getFirst().key().table());
      }
      var with = new ArrayList<String>();
      for (String t : all) {
        Key from = new Key(t, scope.namespace(), "");
        if (!t.equals(NAMESPACES) && !s.range(from, new Key(t, scope.namespace() + NEXT, ""), 1).isEmpty()) with.add(t);
      }
      return List.copyOf(with);
    });
  }

  private static Key behind(String table) {
    return new Key(table + NEXT, "", "");
  }

  @Override
  public long change(Scope scope, List<Condition> conditions, List<Change> changes) throws IOException {
    Store now = store();
    if (changes.stream().allMatch(c -> c.table().equals(NAMESPACES))) {
      return commit(now, scope, batch(scope, conditions, changes).build());
    }
    return change(now, scope, conditions, changes);
  }

  /** With the namespace: made where this is its first record, and required to stay there until the batch is done. */
  private long change(Store now, Scope scope, List<Condition> conditions, List<Change> changes) throws IOException {
    while (true) {
      boolean first = isFirst(now, scope);
      var batch = batch(scope, conditions, changes);
      if (first) batch.require(namespace(scope), Batch.ABSENT).put(namespace(scope), EMPTY);
      else batch.require(namespace(scope), Batch.PRESENT);
      try {
        long revision = commit(now, scope, batch.build());
        now.known.add(scope.namespace());
        return revision;
      } catch (ConflictException e) {
        // somebody made the namespace meanwhile, perhaps with labels, or removed it
        now.known.remove(scope.namespace());
        if (first == isFirst(now, scope)) throw e;
      }
    }
  }

  private static Batch.Builder batch(Scope scope, List<Condition> conditions, List<Change> changes) {
    var batch = Batch.builder();
    for (Condition c : conditions) batch.require(key(scope, c.table(), c.id()), c.revision());
    for (Change c : changes) {
      Key key = key(scope, c.table(), c.id());
      if (c.revision() >= 0) batch.require(key, c.revision());
      c.json().ifPresentOrElse(json -> batch.put(key, json), () -> batch.remove(key));
    }
    return batch;
  }

  private long commit(Store now, Scope scope, Batch batch) throws IOException {
    return drivers.lend(MetadataStore.class, now.ref, scope, b -> commits.one(now.ref, b, batch));
  }

  @Override
  public Closeable watch(Scope scope, Consumer<Changed> listener) {
    return commits.watch(listener);
  }

  @Override
  public OptionalLong decide(Scope scope, Supplier<List<Change>> choice) throws IOException {
    DriverRef ref = store().ref();
    return drivers.lend(MetadataStore.class, ref, scope, b -> commits.alone(ref, b, () -> batch(scope, List.of(), choice.get()).build()));
  }

  private boolean isFirst(Store now, Scope scope) throws IOException {
    if (now.known.contains(scope.namespace())) return false;
    return drivers.call(MetadataStore.class, now.ref, scope, s -> s.get(namespace(scope))).isEmpty();
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
