package io.gantry.content;

import io.gantry.api.ConflictException;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.service.record.Holding;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Table;
import java.io.IOException;
import java.util.List;

/** What the lease of a scope holds of blobs and writes; without one there: nothing. */
final class Holds {
  private final Table table;
  private final Holding holding;

  Holds(Table table, Holding holding) {
    this.table = table;
    this.holding = holding;
  }

  /** The part of a change of a blob's row that has the blob held. */
  @FunctionalInterface
  interface Part {
    /** @throws NotFoundException the scope names a lease that is not there */
    Table.Part now() throws IOException;
  }

  /** @throws NotFoundException the scope names a lease that is not there */
  void check(Scope scope) throws IOException {
    holding.part(scope, List.of(), List.of());
  }

  Part blob(Scope scope, Digest digest) {
    return () -> holding.part(scope, List.of(blob(digest)), List.of());
  }

  /** The write is a blob now. */
  Part committed(Scope scope, String ref, Digest digest) {
    return () -> holding.part(scope, List.of(blob(digest)), List.of(write(ref)));
  }

  void write(Scope scope, String ref) throws IOException {
    Table.Part part = holding.part(scope, List.of(write(ref)), List.of());
    try {
      if (!part.isEmpty()) table.change(scope, part.conditions(), part.changes());
    } catch (ConflictException e) {
      holding.part(scope, List.of(), List.of()); // tells that the lease has gone
      throw e;
    }
  }

  /** The write was thrown away. */
  void dropped(Scope scope, String ref) throws IOException {
    try {
      Table.Part part = holding.part(scope, List.of(), List.of(write(ref)));
      if (!part.isEmpty()) table.change(scope, part.conditions(), part.changes());
    } catch (NotFoundException | ConflictException e) {
      // with that lease went what it held
    }
  }

  private static Resource blob(Digest digest) {
    return new Resource("content", digest.toString());
  }

  private static Resource write(String ref) {
    return new Resource("ingests", ref);
  }
}
