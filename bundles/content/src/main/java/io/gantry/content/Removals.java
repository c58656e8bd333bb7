package io.gantry.content;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Placed;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What a collection takes away: many records in one change, then the bytes that no namespace has any more. */
final class Removals {
  private static final int TRIES = 20;
  private final Drivers drivers;
  private final Table table;
  private final Events events;
  private final DigestLocks locks;

  Removals(Drivers drivers, Table table, Events events, DigestLocks locks) {
    this.drivers = drivers;
    this.table = table;
    this.events = events;
    this.locks = locks;
  }

  /** Records that the guard lets go at the moment of the change. */
  List<Digest> records(Scope scope, List<Digest> digests, Predicate<Digest> guard) throws IOException {
    for (int tries = 1; ; tries++) {
      Map<Digest, Change> rows = new LinkedHashMap<>();
      for (Row r : table.get(scope, BlobRow.TABLE, digests.stream().map(Digest::toString).toList())) {
        rows.put(Digest.parse(r.id()), new Change(BlobRow.TABLE, r.id(), r.revision(), Optional.empty()));
      }
      var gone = new ArrayList<Digest>();
      try {
        table.decide(scope, () -> {
          gone.clear();
          rows.keySet().stream().filter(guard).forEach(gone::add);
          return gone.stream().map(rows::get).toList();
        });
      } catch (ConflictException e) {
        if (tries == TRIES) throw e;
        continue; // one of them was changed or removed meanwhile
      }
      for (Digest d : gone) events.publish(scope, "/content/delete", Map.of("digest", d.toString()));
      return List.copyOf(gone);
    }
  }

  /** Bytes in a store; those of which a namespace has a record there stay. */
  List<Digest> bytes(Scope scope, String store, List<Digest> digests) throws IOException {
    try (var held = locks.hold(scope, digests)) {
      var gone = new LinkedHashSet<Digest>(digests);
      for (Placed p : table.everywhere(scope, BlobRow.TABLE, digests.stream().map(Digest::toString).toList())) {
        BlobRow row = BlobRow.decode(p.place().namespace(), new Row(p.place().id(), p.revision(), p.json()));
        if (row.store().equals(store)) gone.remove(row.info().digest());
      }
      new Store(drivers, store).remove(scope, gone);
      return List.copyOf(gone);
    }
  }
}
