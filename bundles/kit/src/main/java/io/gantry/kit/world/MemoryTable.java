package io.gantry.kit.world;

import io.gantry.api.ConflictException;
import io.gantry.api.Scope;
import io.gantry.service.record.Table;
import java.io.Closeable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Rows in memory, by the rules of Table. */
public final class MemoryTable implements Table {
  private final TreeMap<String, Row> rows = new TreeMap<>();
  private final List<Consumer<Changed>> watches = new CopyOnWriteArrayList<>();
  private long revision;

  private static String key(Scope scope, String table, String id) {
    return table + "\0" + scope.namespace() + "\0" + id;
  }

  @Override
  public synchronized Optional<Row> get(Scope scope, String table, String id) {
    return Optional.ofNullable(rows.get(key(scope, table, id)));
  }

  @Override
  public Optional<Row> recent(Scope scope, String table, String id) {
    return get(scope, table, id);
  }

  @Override
  public synchronized List<Row> get(Scope scope, String table, List<String> ids) {
    return ids.stream().map(id -> rows.get(key(scope, table, id))).filter(Objects::nonNull).toList();
  }

  @Override
  public synchronized List<Row> list(Scope scope, String table, String after, int max) {
    return rows.subMap(key(scope, table, after), false, key(scope, table, "\uffff"), false).values().stream().limit(max).toList();
  }

  @Override
  public synchronized List<Placed> all(Scope scope, String table, Place after, int max) {
    return rows.tailMap(table + "\0" + after.namespace() + "\0" + after.id(), false).entrySet().stream().filter(e -> e.getKey().startsWith(
        table + "\0")).limit(max).map(e -> new Placed(new Place(e.getKey().split("\0", 3)[1], e.getValue().id()), e.getValue().revision(), e
            .getValue().json())).toList();
  }

  @Override
  public synchronized List<Placed> everywhere(Scope scope, String table, List<String> ids) {
    return all(scope, table, Place.START, Integer.MAX_VALUE).stream().filter(p -> ids.contains(p.place().id())).toList();
  }

  @Override
  public synchronized List<String> tables(Scope scope) {
    return rows.keySet().stream().map(k -> k.split("\0", 3)).filter(k -> k[1].equals(scope.namespace())).map(k -> k[0]).distinct().toList();
  }

  @Override
  public synchronized long change(Scope scope, List<Condition> conditions, List<Change> changes) throws ConflictException {
    for (Condition c : conditions) {
      long now = get(scope, c.table(), c.id()).map(Row::revision).orElse(ABSENT);
      boolean holds = c.revision() == PRESENT ? now != ABSENT : c.revision() == now;
      if (!holds) throw new ConflictException(c.id() + " is at " + now + ", expected " + c.revision());
    }
    for (Change c : changes) {
      long now = get(scope, c.table(), c.id()).map(Row::revision).orElse(0L);
      if (c.revision() >= 0 && c.revision() != now) throw new ConflictException(c.id() + " is at " + now + ", expected " + c.revision());
    }
    revision++;
    for (Change c : changes) {
      String key = key(scope, c.table(), c.id());
      c.json().ifPresentOrElse(json -> rows.put(key, new Row(c.id(), revision, json)), () -> rows.remove(key));
      var changed = new Changed(c.table(), new Place(scope.namespace(), c.id()), revision, c.json());
      watches.forEach(w -> w.accept(changed));
    }
    return revision;
  }

  @Override
  public synchronized Closeable watch(Scope scope, Consumer<Changed> listener) {
    watches.add(listener);
    return () -> watches.remove(listener);
  }

  @Override
  public synchronized OptionalLong decide(Scope scope, Supplier<List<Change>> choice) throws ConflictException {
    List<Change> chosen = choice.get();
    return chosen.isEmpty() ? OptionalLong.empty() : OptionalLong.of(change(scope, List.of(), chosen));
  }
}
