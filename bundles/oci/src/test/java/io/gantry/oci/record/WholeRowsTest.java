package io.gantry.oci.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Table.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lists beside damaged rows. */
class WholeRowsTest {
  private static final Scope SCOPE = Scope.root();
  private final List<String> log = new ArrayList<>();
  private final TreeMap<String, String> rows = new TreeMap<>();
  private final WholeRows<String> whole = new WholeRows<>((scope, row) -> {
    String text = new String(row.json(), StandardCharsets.UTF_8);
    if (text.startsWith("x")) throw new CorruptException(row.id() + " of " + scope.namespace() + " is damaged", "another", text);
    return row.id();
  }, log::add);

  private List<Row> page(String after, int max) {
    return rows.tailMap(after, false).entrySet().stream().limit(max).map(e -> row(e.getKey(), e.getValue())).toList();
  }

  private static Row row(String id, String text) {
    return new Row(id, 1, text.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> list(String after, int max) throws Exception {
    return whole.list(SCOPE, this::page, after, max);
  }

  /** An empty page is the last one, and no page has fewer than there are. */
  @Test
  void pagesGoOnUntilTheyAreFull() throws Exception {
    IntStream.range(1000, 3000).forEach(i -> rows.put("r" + i, i % 100 == 7 ? "ok" : "x"));
    List<String> all = rows.keySet().stream().filter(id -> id.endsWith("07")).toList();
    assertEquals(all, list("", Integer.MAX_VALUE));
    assertEquals(all.subList(0, 3), list("", 3));
    assertEquals(all.subList(3, 6), list(all.get(2), 3));
    assertEquals(List.of(), list(all.getLast(), 3));
    assertEquals(1980, whole.damaged(SCOPE, this::page).size());
  }

  @Test
  void eachIsToldOnceUntilItIsDamagedOtherwise() throws Exception {
    rows.put("a", "ok");
    rows.put("b", "x1");
    assertEquals(List.of("b"), whole.damaged(SCOPE, this::page).stream().map(Damaged::id).toList());
    assertEquals(List.of(), log, "who asks for them tells of them");
    for (int i = 0; i < 3; i++) assertEquals(List.of("a"), list("", 10));
    assertEquals(Optional.empty(), whole.find(SCOPE, row("b", "x1")));
    assertEquals(List.of("b of default is damaged: expected another, found x1"), log);
    rows.put("b", "x2");
    list("", 10);
    whole.list(SCOPE.withNamespace("other"), this::page, "", 10);
    assertEquals(3, log.size(), log::toString);
    assertEquals(Optional.of("c"), whole.find(SCOPE, row("c", "ok")));
  }

  @Test
  void whatFailsOtherwiseIsNotPassedOver() {
    var away = new WholeRows<String>((scope, row) -> {
      throw new UnavailableException("away");
    }, log::add);
    rows.put("a", "ok");
    assertThrows(UnavailableException.class, () -> away.list(SCOPE, this::page, "", 10));
    assertThrows(UnavailableException.class, () -> away.find(SCOPE, row("a", "ok")));
  }
}
