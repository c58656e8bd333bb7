package io.gantry.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What all nouns do with their rows: read, page, create, and change by compare-and-set with a retry.
 *
 * @param <T> the noun's record
 */
final class Rows<T> {
  /** From a document to a record. */
  @FunctionalInterface
  interface Decoder<T> {
    T decode(String id, long revision, JsonNode json) throws IOException;
  }

  /** From a record to the document that is to replace it. */
  @FunctionalInterface
  interface Edit<T> {
    ObjectNode edit(T old) throws IOException;
  }

  private final Table table;
  private final String name;
  private final Decoder<T> decoder;

  Rows(Table table, String name, Decoder<T> decoder) {
    this.table = table;
    this.name = name;
    this.decoder = decoder;
  }

  Optional<T> find(Scope scope, String id) throws IOException {
    Optional<Row> row = table.get(scope, name, id);
    return row.isEmpty() ? Optional.empty() : Optional.of(decode(row.get()));
  }

  /** Without waiting; empty also where it cannot be read, which {@link #get} tells. */
  Optional<T> recent(Scope scope, String id) {
    Optional<Row> row = table.recent(scope, name, id);
    try {
      return row.isEmpty() ? Optional.empty() : Optional.of(decode(row.get()));
    } catch (IOException damaged) {
      return Optional.empty();
    }
  }

  T get(Scope scope, String id) throws IOException {
    return decode(row(scope, id));
  }

  private Row row(Scope scope, String id) throws IOException {
    return table.get(scope, name, id).orElseThrow(
        () -> new NotFoundException(name + " '" + id + "' is not in namespace " + scope.namespace()));
  }

  List<T> list(Scope scope, String after, int max) throws IOException {
    var page = new ArrayList<T>();
    for (Row r : table.list(scope, name, after, max)) page.add(decode(r));
    return List.copyOf(page);
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
    return written(scope, id, revision, edit.edit(decode(row)));
  }

  /** Reads, edits and writes until nobody came between, at most until the deadline: each time somebody else got on. */
  T edit(Scope scope, String id, Edit<T> edit) throws IOException {
    while (true) {
      Row row = row(scope, id);
      try {
        return written(scope, id, row.revision(), edit.edit(decode(row)));
      } catch (ConflictException e) {
        if (Instant.now().isAfter(scope.deadline())) throw e;
      }
    }
  }

  /** Of a record that is damaged, too: there is no other way out of it. */
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

  private T written(Scope scope, String id, long revision, ObjectNode json) throws IOException {
    long now = table.change(scope, List.of(new Change(name, id, revision, Optional.of(Json.bytes(json)))));
    return decoder.decode(id, now, json);
  }

  private T decode(Row row) throws IOException {
    JsonNode json = Json.parse(name + " '" + row.id() + "'", row.json());
    try {
      return decoder.decode(row.id(), row.revision(), json);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw Json.damaged(name + " '" + row.id() + "'", "the fields of it", e.getMessage());
    }
  }
}
