package io.gantry.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.Name;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.Rec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Records with arrays: equal by content, and never copied. */
class BytesTest {
  private static final Key KEY = new Key("table", "default", "id");

  private static byte[] b(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Entry entry(Optional<byte[]> link, Entry.Xattr... xattrs) {
    return new Entry(Name.of("a"), Entry.Type.SYMLINK, 0777, 1, 2, 0, 3, 4, link, 0, 0, List.of(xattrs));
  }

  private static void same(Object a, Object b) {
    assertEquals(a, b);
    assertEquals(a.hashCode(), b.hashCode());
  }

  @Test
  void equalByContent() {
    same(new Batch.Put(KEY, b("x")), new Batch.Put(KEY, b("x")));
    same(Batch.builder().put(KEY, b("x")).build(), Batch.builder().put(KEY, b("x")).build());
    same(new Rec(KEY, 1, b("x")), new Rec(KEY, 1, b("x")));
    same(new Entry.Xattr(b("user.n"), b("v")), new Entry.Xattr(b("user.n"), b("v")));
    same(entry(Optional.of(b("to")), new Entry.Xattr(b("n"), b("v"))), entry(Optional.of(b("to")), new Entry.Xattr(b("n"), b("v"))));
    same(entry(Optional.empty()), entry(Optional.empty()));
  }

  @Test
  void differentByContent() {
    assertNotEquals(new Batch.Put(KEY, b("x")), new Batch.Put(KEY, b("y")));
    assertNotEquals(new Rec(KEY, 1, b("x")), new Rec(KEY, 1, b("y")));
    assertNotEquals(new Rec(KEY, 1, b("x")), new Rec(KEY, 2, b("x")));
    assertNotEquals(new Entry.Xattr(b("n"), b("v")), new Entry.Xattr(b("n"), b("w")));
    assertNotEquals(new Entry.Xattr(b("n"), b("v")), new Entry.Xattr(b("m"), b("v")));
    assertNotEquals(entry(Optional.of(b("to"))), entry(Optional.of(b("there"))));
    assertNotEquals(entry(Optional.of(b(""))), entry(Optional.empty()));
    assertNotEquals(entry(Optional.empty(), new Entry.Xattr(b("n"), b("v"))), entry(Optional.empty(), new Entry.Xattr(b("n"), b("w"))));
  }

  @Test
  void nothingIsCopied() {
    byte[] mine = b("x");
    assertSame(mine, Batch.builder().put(KEY, mine).build().puts().getFirst().value());
    assertSame(mine, new Rec(KEY, 1, mine).value());
    assertSame(mine, entry(Optional.of(mine)).link().orElseThrow());
  }
}
