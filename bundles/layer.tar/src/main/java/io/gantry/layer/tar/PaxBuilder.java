package io.gantry.layer.tar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Makes records of an extended header: {@code LENGTH KEY=VALUE\n}, where the length counts its own digits. */
final class PaxBuilder {
  private final ByteArrayOutputStream records = new ByteArrayOutputStream();

  void put(String key, byte[] value) {
    put(key.getBytes(StandardCharsets.US_ASCII), value);
  }

  void put(byte[] key, byte[] value) {
    int rest = key.length + value.length + 3;
    int length = rest + Integer.toString(rest).length();
    length = rest + Integer.toString(length).length();
    records.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
    records.writeBytes(key);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  boolean isEmpty() {
    return records.size() == 0;
  }

  byte[] bytes() {
    return records.toByteArray();
  }
}
