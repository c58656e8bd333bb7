package io.gantry.oci.record;

import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Rows of a table as records. A list goes on without those that are damaged, and the log is told of each of them once.
 *
 * @param <T> what a row says
 */
public final class WholeRows<T> {
  /** From a row to a record. */
  @FunctionalInterface
  public interface Decoder<T> {
    /** @throws CorruptException it is damaged; the message says what to do about it */
    T decode(Scope scope, Row row) throws IOException;
  }

  /** The rows that there are, in order of id. */
  @FunctionalInterface
  public interface Pages {
    /** @return fewer than {@code max} only where there are no more */
    List<Row> page(String after, int max) throws IOException;
  }

  private static final int PAGE = 500;
  /** Each is told once, so many of them at most. */
  private static final int TOLD = 1000;
  private final Decoder<T> decoder;
  private final Consumer<String> log;
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  public WholeRows(Decoder<T> decoder, Consumer<String> log) {
    this.decoder = decoder;
    this.log = log;
  }

  /** Goes on until it has {@code max} that are whole: a page that is empty is the last one. */
  public List<T> list(Scope scope, Pages rows, String after, int max) throws IOException {
    return walk(scope, rows, after, max, d -> tell(scope, d));
  }

  /** All that lists leave out. */
  public List<Damaged> damaged(Scope scope, Pages rows) throws IOException {
    var all = new ArrayList<Damaged>();
    walk(scope, rows, "", Integer.MAX_VALUE, all::add);
    return List.copyOf(all);
  }

  /** The record, where it is whole; else that is told. */
  public Optional<T> find(Scope scope, Row row) throws IOException {
    try {
      return Optional.of(decoder.decode(scope, row));
    } catch (CorruptException e) {
      tell(scope, new Damaged(row.id(), e));
      return Optional.empty();
    }
  }

  private List<T> walk(Scope scope, Pages rows, String after, int max, Consumer<Damaged> damaged) throws IOException {
    var whole = new ArrayList<T>();
    String from = after;
    while (whole.size() < max) {
      int wanted = Math.min(PAGE, max - whole.size());
      List<Row> page = rows.page(from, wanted);
      for (Row r : page) {
        try {
          whole.add(decoder.decode(scope, r));
        } catch (CorruptException e) {
          damaged.accept(new Damaged(r.id(), e));
        }
      }
      if (page.size() < wanted) break;
      from = page.getLast().id();
    }
    return List.copyOf(whole);
  }

  private void tell(Scope scope, Damaged d) {
    boolean first = told.size() < TOLD && told.add(scope.namespace() + "/" + d.id() + " " + d.why().actual());
    if (first) log.accept(d.why().getMessage());
  }
}
