package io.gantry.content;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.Labels;
import io.gantry.api.Scope;
import io.gantry.service.content.Info;
import io.gantry.service.event.Events;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Condition;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.content.Blob;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lets namespaces have blobs, which the lease of the scope holds from the same change on: a collection that comes before takes the row, and
 * it is made here where there are bytes to make it of; one that comes after finds it held.
 */
final class BlobRows {
  private static final int TRIES = 20;
  private final Table table;
  private final Events events;

  BlobRows(Table table, Events events) {
    this.table = table;
    this.events = events;
  }

  /** Bytes that the caller keeps from being removed ({@link DigestLocks}), and the store that has them. */
  private record Brought(Blob blob, String store) {}

  /** @param blob in a store, which the caller keeps from being removed ({@link DigestLocks}) */
  Info record(Scope scope, Map<String, String> labels, Blob blob, String store, Holds.Part held) throws IOException {
    return record(scope, labels, blob.digest(), Optional.of(new Brought(blob, store)), held).orElseThrow();
  }

  /** Empty where the namespace has no such blob. */
  Optional<Info> keep(Scope scope, Digest digest, Holds.Part held) throws IOException {
    return record(scope, Map.of(), digest, Optional.empty(), held);
  }

  private Optional<Info> record(Scope scope, Map<String, String> labels, Digest digest, Optional<Brought> brought, Holds.Part held)
      throws IOException {
    for (int tries = 1; ; tries++) {
      Optional<Row> row = table.get(scope, BlobRow.TABLE, digest.toString());
      if (row.isEmpty() && brought.isEmpty()) return Optional.empty();
      Table.Part hold = held.now();
      Optional<BlobRow> old = row.isEmpty() ? Optional.empty() : Optional.of(BlobRow.decode(scope.namespace(), row.get()));
      BlobRow next = old.isEmpty() ? made(scope, labels, brought.get()) : kept(scope, labels, old.get(), brought);
      try {
        if (old.isPresent() && old.get() == next) stays(scope, row.get(), hold);
        else table.change(scope, hold.conditions(), with(hold.changes(), next.write()));
      } catch (ConflictException e) {
        if (tries == TRIES) throw e;
        continue; // another writer of the same bytes was first, somebody labelled it, or the lease has gone
      }
      if (old.isEmpty()) events.publish(scope, "/content/create", Map.of("digest", digest.toString(), "size", next.info().size()));
      return Optional.of(next.info());
    }
  }

  private static Optional<Instant> touched(Scope scope, Instant now) {
    return scope.lease().isPresent() ? Optional.empty() : Optional.of(now);
  }

  private static BlobRow made(Scope scope, Map<String, String> labels, Brought brought) {
    Instant now = Instant.now();
    return new BlobRow(new Info(brought.blob.digest(), brought.blob.size(), now, now, labels), brought.store, touched(scope, now), 0);
  }

  /** The same object where it says all there is to say. */
  private static BlobRow kept(Scope scope, Map<String, String> labels, BlobRow old, Optional<Brought> brought) throws IOException {
    Instant now = Instant.now();
    Optional<Instant> touched = touched(scope, now);
    String has = brought.map(Brought::store).orElse(old.store()); // the other store's bytes may be gone, and go as nobody's
    boolean told = labels.isEmpty() && (touched.isEmpty() || old.isFresh(now));
    if (told && has.equals(old.store())) return old;
    Info was = old.info();
    var info = labels.isEmpty() ? was : new Info(was.digest(), was.size(), was.created(), now, Labels.merged(was.labels(), labels));
    return new BlobRow(info, has, touched.or(old::touched), old.revision());
  }

  /** Holds a row that is right as it is. */
  private void stays(Scope scope, Row row, Table.Part hold) throws IOException {
    if (hold.isEmpty()) return;
    var conditions = new ArrayList<>(hold.conditions());
    conditions.add(new Condition(BlobRow.TABLE, row.id(), row.revision()));
    table.change(scope, conditions, hold.changes());
  }

  private static List<Change> with(List<Change> changes, Change one) {
    var all = new ArrayList<>(changes);
    all.add(one);
    return all;
  }
}
