package io.gantry.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.json.Stored;
import io.gantry.oci.record.WholeRows;
import io.gantry.oci.record.WholeRows.Pages;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all nouns do with their rows: read, page, create, and change by compare-and-set with a retry.
 *
 * @param <T> the noun's record
 */
final class Rows<T> {
  /** From a document to a record. */
  @FunctionalInterface
  interface Decoder<T> {
    T decode(String id, long revision, Stored json) throws IOException;
  }

  /** From a record to the document that is to replace it. */
  @FunctionalInterface
  interface Edit<T> {
    ObjectNode edit(T old) throws IOException;
  }

  /** What takes the place of a record that is damaged. */
  @FunctionalInterface
  interface Anew {
    /** @throws CorruptException nothing can: it is the one given */
    ObjectNode over(CorruptException damage) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Rows.class);
  private final Table table;
  private final String name;
  private final String remedy;
  private final Decoder<T> decoder;
  private final WholeRows<T> whole = new WholeRows<>(this::decode, LOG::warn);

  /** @param remedy what to do about a damaged one, for its message */
  Rows(Table table, String name, String remedy, Decoder<T> decoder) {
    this.table = table;
    this.name = name;
    this.remedy = remedy;
    this.decoder = decoder;
  }

  Optional<T> find(Scope scope, String id) throws IOException {
    Optional<Row> row = table.get(scope, name, id);
    return row.isEmpty() ? Optional.empty() : Optional.of(decode(scope, row.get()));
  }

  /** Whether there is one, be it damaged. */
  boolean has(Scope scope, String id) throws IOException {
    return table.get(scope, name, id).isPresent();
  }

  /** Without waiting; empty also where it cannot be read, which {@link #get} tells. */
  Optional<T> recent(Scope scope, String id) {
    Optional<Row> row = table.recent(scope, name, id);
    try {
      return row.isEmpty() ? Optional.empty() : Optional.of(decode(scope, row.get()));
    } catch (IOException damaged) {
      return Optional.empty();
    }
  }

  T get(Scope scope, String id) throws IOException {
    return decode(scope, row(scope, id));
  }

  Row row(Scope scope, String id) throws IOException {
    return table.get(scope, name, id).orElseThrow(
        () -> new NotFoundException(name + " '" + id + "' is not in namespace " + scope.namespace()));
  }

  List<T> list(Scope scope, String after, int max) throws IOException {
    return whole.list(scope, pages(scope), after, max);
  }

  /** All that are whole. */
  List<T> all(Scope scope) throws IOException {
    return list(scope, "", Integer.MAX_VALUE);
  }

  /** All that are not. */
  List<Damaged> damaged(Scope scope) throws IOException {
    return whole.damaged(scope, pages(scope));
  }

  private Pages pages(Scope scope) {
    return (after, max) -> table.list(scope, name, after, max);
  }

  /** The record, where it is whole; else that is logged. */
  Optional<T> whole(Scope scope, Row row) throws IOException {
    return whole.find(scope, row);
  }

  T create(Scope scope, String id, ObjectNode json) throws IOException {
    try {
      return written(scope, id, 0, json);
    } catch (ConflictException e) {
      throw new AlreadyExistsException(name + " '" + id + "' is there already in namespace " + scope.namespace(), e);
    }
  }

  /** Writes, if it is still at that revision. */
  T replace(Scope scope, String id, long revision, Edit<T> edit) throws IOException {
    Row row = row(scope, id);
    if (row.revision() != revision) {
      throw new ConflictException(name + " '" + id + "' is at revision " + row.revision() + ", expected " + revision
          + "; read it again and change that");
    }
    return written(scope, id, revision, edit.edit(decode(scope, row)));
  }

  /** Reads, edits and writes until nobody came between, at most until the deadline: each time somebody else got on. */
  T edit(Scope scope, String id, Edit<T> edit) throws IOException {
    return edit(scope, id, edit, damage -> {
      throw damage;
    });
  }

  /** The same, and something new in the place of one that is damaged. */
  T edit(Scope scope, String id, Edit<T> edit, Anew anew) throws IOException {
    while (true) {
      Row row = row(scope, id);
      try {
        return written(scope, id, row.revision(), edited(scope, row, edit, anew));
      } catch (ConflictException e) {
        if (Instant.now().isAfter(scope.deadline())) throw e;
      }
    }
  }

  private ObjectNode edited(Scope scope, Row row, Edit<T> edit, Anew anew) throws IOException {
    T old;
    try {
      old = decode(scope, row);
    } catch (CorruptException e) {
      ObjectNode json = anew.over(e);
      LOG.warn("it is made anew: {}", e.getMessage());
      return json;
    }
    return edit.edit(old);
  }

  /** Of a record that is damaged, too. */
  void remove(Scope scope, String id) throws IOException {
    row(scope, id);
    table.change(scope, List.of(new Change(name, id, -1, Optional.empty())));
  }

  /** Removes, if it is still at that revision and {@code guard} agrees while nobody changes anything. @return whether it went */
  boolean collect(Scope scope, String id, long revision, BooleanSupplier guard) throws IOException {
    Change gone = new Change(name, id, revision, Optional.empty());
    try {
      return table.decide(scope, () -> guard.getAsBoolean() ? List.of(gone) : List.of()).isPresent();
    } catch (ConflictException e) {
      return false; // it was changed or removed meanwhile
    }
  }

  /** Nothing is written that could not be read again, for it would be damaged from its first day. */
  private T written(Scope scope, String id, long revision, ObjectNode json) throws IOException {
    byte[] bytes = Json.bytes(json);
    Stored stored;
    try {
      stored = stored(scope, id, bytes);
      decode(id, revision, stored);
    } catch (CorruptException e) {
      throw new InvalidException(name + " '" + id + "' in namespace " + scope.namespace()
          + " is not written, for it could not be read again: expected " + e.expected() + ", found " + e.actual(), e);
    }
    return decode(id, table.change(scope, List.of(new Change(name, id, revision, Optional.of(bytes)))), stored);
  }

  /** @throws CorruptException it is damaged */
  T decode(Scope scope, Row row) throws IOException {
    return decode(row.id(), row.revision(), stored(scope, row.id(), row.json()));
  }

  private Stored stored(Scope scope, String id, byte[] json) throws CorruptException {
    String where = name.equals(TableService.NAMESPACES) ? "" : " in namespace " + scope.namespace();
    return Stored.parse("the record of " + name + " '" + id + "'" + where + " is damaged; " + remedy, json);
  }

  private T decode(String id, long revision, Stored json) throws IOException {
    try {
      return decoder.decode(id, revision, json);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw json.damaged("fields that fit together", e.getMessage());
    }
  }
}
