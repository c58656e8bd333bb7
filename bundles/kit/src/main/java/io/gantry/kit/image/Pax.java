package io.gantry.kit.image;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Records of a PAX extended header; keys and values are raw bytes. */
public final class Pax {
  private final List<byte[]> records = new ArrayList<>();

  /** Adds a record whose length counts its own digits, as the format wants it. */
  public Pax put(byte[] key, byte[] value) {
    int body = key.length + value.length + 3;
    int length = body + 1;
    while (Integer.toString(length).length() + body != length) length = Integer.toString(length).length() + body;
    return raw(join(TarHeader.ascii(length + " "), key, TarHeader.ascii("="), value, TarHeader.ascii("\n")));
  }

  public Pax put(String key, byte[] value) {
    return put(key.getBytes(StandardCharsets.UTF_8), value);
  }

  public Pax put(String key, String value) {
    return put(key, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds bytes as they are: records that lie about their length, have no '=' or no end. */
  public Pax raw(byte[] record) {
    records.add(record.clone());
    return this;
  }

  Pax time(String key, long seconds, int nanos) {
    return put(key, BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9)).stripTrailingZeros().toPlainString());
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  Pax all(Pax others) {
    records.addAll(others.records);
    return this;
  }

  public byte[] bytes() {
    return join(records.toArray(byte[][]::new));
  }

  static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] p : parts) out.writeBytes(p);
    return out.toByteArray();
  }
}
