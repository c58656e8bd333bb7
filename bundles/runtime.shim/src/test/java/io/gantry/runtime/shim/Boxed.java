package io.gantry.runtime.shim;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests with a box and a driver each; skipped where there can be none. */
abstract class Boxed {
  Box box;
  Shim driver;

  @BeforeEach
  void open() throws IOException {
    box = Box.open();
    driver = box.driver();
  }

  @AfterEach
  void close() throws IOException {
    if (box != null) box.close();
  }
}
