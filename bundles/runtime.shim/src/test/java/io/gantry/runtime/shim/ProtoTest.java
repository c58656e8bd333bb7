package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Bytes as the specification of protocol buffers gives them. */
class ProtoTest {
  private static String hex(ProtoWriter w) {
    return HexFormat.of().formatHex(w.bytes());
  }

  private static ProtoReader reader(String hex) {
    return new ProtoReader(HexFormat.of().parseHex(hex), "a message");
  }

  @Test
  void writesTheExamplesOfTheSpecification() {
    assertEquals("089601", hex(new ProtoWriter().number(1, 150)));
    assertEquals("120774657374696e67", hex(new ProtoWriter().text(2, "testing")));
    assertEquals("1a03089601", hex(new ProtoWriter().message(3, new ProtoWriter().number(1, 150))));
    assertEquals("08ffffffffffffffffff01", hex(new ProtoWriter().number(1, -1)));
    assertEquals("820101" + "78", hex(new ProtoWriter().text(16, "x")));
  }

  @Test
  void leavesOutWhatIsZero() {
    assertEquals("", hex(new ProtoWriter().number(1, 0).flag(2, false).text(3, "")));
    assertEquals("2200", hex(new ProtoWriter().message(4, new ProtoWriter())));
  }

  @Test
  void readsAndPassesOverWhatItDoesNotKnow() throws Exception {
    ProtoReader r = reader("089601" + "0d01020304" + "110102030405060708" + "120774657374696e67");
    assertTrue(r.next());
    assertEquals(150, r.number());
    assertTrue(r.next() && r.next() && r.next());
    assertEquals(2, r.field());
    assertEquals("testing", r.text());
    assertFalse(r.next());
  }

  @Test
  void readsTimes() throws Exception {
    Instant t = Instant.parse("2026-01-02T03:04:05.678901234Z");
    ProtoWriter time = new ProtoWriter().number(1, t.getEpochSecond()).number(2, t.getNano());
    ProtoReader r = new ProtoReader(new ProtoWriter().message(10, time).bytes(), "a message");
    assertTrue(r.next());
    assertEquals(t, r.time());
  }

  @Test
  void refusesWhatIsNoMessage() {
    for (String hex : new String[] {"08", "0896", "12ff", "1205aa", "0d01", "0b", "08ffffffffffffffffffff01", "12ffffffffffffffff7f"}) {
      assertThrows(InvalidException.class, () -> reader(hex).next(), hex);
    }
    assertThrows(InvalidException.class, () -> {
      ProtoReader r = reader("0801");
      r.next();
      r.bytes();
    });
  }
}
