package io.gantry.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressArgumentTest {
  @Test
  void readsBothForms() {
    var socket = new AddressArgument("unix:///run/a b.sock", "/run/a b.sock", "", 0);
    assertEquals(socket, AddressArgument.parse("unix:///run/a b.sock"));
    assertEquals(socket, AddressArgument.parse("/run/a b.sock"));
    assertEquals(new AddressArgument("tcp://host.example:10011", "", "host.example", 10_011),
        AddressArgument.parse("tcp://host.example:10011"));
    assertEquals(new AddressArgument("tcp://[::1]:10011", "", "[::1]", 10_011), AddressArgument.parse("tcp://[::1]:10011"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "run/x.sock", "unix://run/x.sock", "tcp://host", "tcp://host:0", "tcp://host:65536", "tcp://:1",
      "http://host:1",
      "tcp://a b:1"})
  void refusesWhatIsNone(String text) {
    String said = assertThrows(IllegalArgumentException.class, () -> AddressArgument.parse(text)).getMessage();
    assertEquals("'" + text + "' is no address; expected unix:///PATH or tcp://HOST:PORT", said);
  }

  @Test
  void tellsThatNobodyIsThere() {
    String said = assertThrows(IOException.class, () -> AddressArgument.parse("unix:///nowhere/x.sock").reach()).getMessage();
    assertEquals("nobody can be asked at unix:///nowhere/x.sock: No such file or directory; is a manager running there?", said);
  }
}
