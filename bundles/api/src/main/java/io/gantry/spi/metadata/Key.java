package io.gantry.spi.metadata;

/**
 * The name of a record. Keys are ordered by table, then namespace, then id, each by UTF-8 bytes unsigned.
 *
 * @param table what it is a record of, e.g. {@code image}; not empty
 * @param namespace whose it is; empty for records of the manager itself
 * @param id free text, may hold any character but NUL
 */
public record Key(String table, String namespace, String id) implements Comparable<Key> {
  public Key {
    if (table.isEmpty()) throw new IllegalArgumentException("a key needs a table");
    if (table.indexOf(0) >= 0 || namespace.indexOf(0) >= 0 || id.indexOf(0) >= 0) throw new IllegalArgumentException("a key has a NUL");
  }

  @Override
  public int compareTo(Key o) {
    int c = compare(table, o.table);
    if (c == 0) c = compare(namespace, o.namespace);
    return c == 0 ? compare(id, o.id) : c;
  }

  private static int compare(String a, String b) {
    var utf8 = java.nio.charset.StandardCharsets.UTF_8;
    return java.util.Arrays.compareUnsigned(a.getBytes(utf8), b.getBytes(utf8));
  }

  @Override
  public String toString() {
    return table + "/" + namespace + "/" + id;
  }
}
