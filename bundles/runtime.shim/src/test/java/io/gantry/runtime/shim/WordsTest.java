package io.gantry.runtime.shim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gantry.api.ConflictException;
import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Typed;
import io.gantry.api.UnsupportedException;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What shims print and say, and what they are told. */
class WordsTest {
  @Test
  void addressesOfOldAndNewShims() throws Exception {
    ShimAddress plain = ShimAddress.parse("unix:///run/containerd/s/7ef32a26\n");
    assertEquals(new ShimAddress(Path.of("/run/containerd/s/7ef32a26"), 2), plain);
    assertEquals(new ShimAddress(Path.of("/run/containerd/s/1"), 3),
        ShimAddress.parse("{\"version\":3,\"address\":\"unix:///run/containerd/s/1\",\"protocol\":\"ttrpc\"}"));
    assertEquals(2, ShimAddress.parse("{\"version\":2,\"address\":\"unix:///s\",\"protocol\":\"\"}").version());
    assertThrows(UnsupportedException.class, () -> ShimAddress.parse("{\"version\":3,\"address\":\"unix:///s\",\"protocol\":\"grpc\"}"));
    assertThrows(UnsupportedException.class, () -> ShimAddress.parse("{\"version\":4,\"address\":\"unix:///s\",\"protocol\":\"ttrpc\"}"));
    for (String bad : new String[] {"", "vsock://2:1024", "unix://relative", "{\"version\":3}", "unix:///a\nunix:///b"}) {
      assertThrows(InvalidException.class, () -> ShimAddress.parse(bad), bad);
    }
  }

  private static IOException command(String message) {
    return Failure.ofCommand("create container a/b", new TtrpcException(TtrpcException.UNKNOWN, message));
  }

  @Test
  void commandsAtFault() {
    String runc = "OCI runtime create failed: runc create failed: unable to start container process: ";
    IOException missing = command(runc + "exec: \"redis\": executable file not found in $PATH: unknown");
    assertEquals(NotFoundException.class, missing.getClass());
    assertEquals("create container a/b: the command 'redis' is not there (executable file not found in $PATH)", missing.getMessage());
    assertEquals(NotFoundException.class, command(runc + "exec: \"/x\": stat /x: no such file or directory: unknown").getClass());
    assertEquals(DeniedException.class, command(runc + "exec: \"/etc/passwd\": permission denied: unknown").getClass());
    assertEquals(DeniedException.class, command(runc + "exec: \"/etc\": is a directory: unknown").getClass());
    assertEquals(NotFoundException.class, command("executable file `nope` not found in $PATH: No such file or directory").getClass());
    assertEquals(InvalidException.class, command(runc + "error mounting \"/nope\" to rootfs: no such file or directory: unknown")
        .getClass());
  }

  @Test
  void codesOfTheWire() {
    assertEquals(ConflictException.class, Failure.of("x", new TtrpcException(TtrpcException.FAILED_PRECONDITION, "stopped")).getClass());
    assertEquals("x: no such thing", Failure.of("x", new TtrpcException(TtrpcException.NOT_FOUND, "no such thing: not found"))
        .getMessage());
    for (String said : List.of("cannot start a running process", "cannot pause task in created state", "cannot exec in a stopped state")) {
      assertEquals(ConflictException.class, Failure.of("x", new TtrpcException(TtrpcException.UNKNOWN, said)).getClass(), said);
    }
    assertEquals(UnsupportedException.class, Failure.of("x", new TtrpcException(TtrpcException.UNIMPLEMENTED, "")).getClass());
  }

  @Test
  void theClientsOptionsWin() throws Exception {
    Typed given = new Typed(RuncOptions.TYPE, new ProtoWriter().text(6, "/opt/crun").flag(9, true).bytes());
    Typed both = RuncOptions.of(Path.of("/state/runc"), Path.of("/usr/sbin/runc"), Optional.of(given));
    String binary = "";
    String root = "";
    for (ProtoReader r = new ProtoReader(both.value(), "options"); r.next(); ) {
      if (r.field() == 6) binary = r.text();
      if (r.field() == 7) root = r.text();
    }
    assertEquals("/opt/crun in /state/runc", binary + " in " + root);
    Typed other = new Typed("runtimeoptions.v1.Options", new byte[0]);
    assertThrows(InvalidException.class, () -> RuncOptions.of(Path.of("/a"), Path.of("/b"), Optional.of(other)));
  }

  /** As clients of before containerd 1.4 give them. */
  @Test
  void optionsOfTheOlderShimAreTaken() throws Exception {
    Typed given = new Typed("containerd.linux.runc.RuncOptions", new ProtoWriter().text(1, "/opt/crun").text(2, "/r").flag(4, true)
        .bytes());
    assertEquals("6=/s/runc 7=/s 6=/opt/crun 7=/r 9=1", fields(RuncOptions.of(Path.of("/s"), Path.of("/s/runc"), Optional.of(given))));
    Typed create = new Typed("containerd.linux.runc.CreateOptions", new ProtoWriter().flag(1, true).flag(2, true).text(3, "/socket").flag(8,
        true).text(9, "cg").number(10, 7).bytes());
    assertEquals("6=/s/runc 7=/s 1=1 2=1 3=cg 4=7", fields(RuncOptions.of(Path.of("/s"), Path.of("/s/runc"), Optional.of(create))));
  }

  private static String fields(Typed options) throws Exception {
    assertEquals(RuncOptions.TYPE, options.typeUrl());
    var all = new ArrayList<String>();
    for (ProtoReader r = new ProtoReader(options.value(), "options"); r.next(); ) {
      all.add(r.field() + "=" + (r.isNumber() ? Long.toString(r.number()) : r.text()));
    }
    return String.join(" ", all);
  }

  @Test
  void streamsAsTheShimTakesThem() throws Exception {
    assertEquals(new Stdio("/f/in", "/f/out", "/log", false),
        forShim(new Stdio("fifo:///f/in", "fifo:///f/out", "file:///log", false)));
    assertEquals(new Stdio("", "/d/log", "/d/./log", false), forShim(new Stdio("", "file:///d/log", "file:///d/log", false)),
        "by one name a shim opens one file for both, and closes it with the first");
    assertEquals(new Stdio("/f/in", "/log", "", true), forShim(new Stdio("fifo:///f/in", "file:///log", "", true)));
    assertEquals(new Stdio("", "binary:///bin/logger?id=1", "", false),
        forShim(new Stdio("", "binary:///bin/logger?id=1", "", false)));
    assertEquals(new Stdio("/my data#/in", "link to /50%/log as stdout", "link to /50%/./log as stderr", false),
        forShim(new Stdio("fifo:///my%20data%23/in", "file:///50%25/log", "file:///50%25/log", false)), "no URI, but parsed as one");
  }

  private static Stdio forShim(Stdio s) throws Exception {
    return Streams.forShim(s, (stream, target) -> "link to " + target + " as " + stream);
  }

  @Test
  void programsAreNamedWhenTheyAreMissing() {
    Programs none = new Programs(Map.of("PATH", "/nowhere"));
    NotFoundException e = assertThrows(NotFoundException.class, () -> none.find("runc", "runc.path", ""));
    assertEquals("no program runc in the PATH; install it (on Debian: package runc) or set runc.path to its path", e.getMessage());
    assertThrows(NotFoundException.class, () -> none.find("runc", "runc.path", "/etc"));
  }
}
