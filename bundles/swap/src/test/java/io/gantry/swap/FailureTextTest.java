package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureTextTest {
  private static void says(String words, Throwable thrown) {
    var trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace, true));
    assertEquals(words, FailureText.cause(trace.toString()), trace.toString());
    assertEquals(words, FailureText.cause(thrown), "from what was thrown");
  }

  @Test
  void aSentenceForPeopleStaysAsItIs() {
    says("redirects is -1, expected 0 or more", new IllegalArgumentException("redirects is -1, expected 0 or more"));
    says("no overlayfs here: kernel 3.10", new io.gantry.api.UnsupportedException("no overlayfs here: kernel 3.10"));
    says("the disk is gone; try another one", new IOException("the disk is gone;\n  try another one"));
  }

  @Test
  void theSentenceIsFoundInTheChain() {
    var beneath = new NoSuchFileException("/x");
    says("hosts.folder is /x, expected a folder", new RuntimeException(new IllegalArgumentException("hosts.folder is /x, expected a folder",
        beneath)));
    says("there is no file /x", new RuntimeException(beneath));
    says("there is no file /x", new IllegalStateException(beneath));
    says("broken", new Exception("outer", new Exception("middle", new IOException("broken"))));
    var cleanup = new IOException("broken");
    cleanup.addSuppressed(new IOException("closing failed", new IOException("of no interest")));
    says("broken", cleanup);
  }

  @Test
  void whatIsNoSentenceIsPutInWords() {
    says("access to /root/x is denied", new AccessDeniedException("/root/x"));
    says("it has a bug: x is null; the log has the details", new NullPointerException("x is null"));
    says("it has a bug; the log has the details", new IllegalStateException(new NullPointerException()));
    says("it failed without a message; the log has the details", new IllegalStateException());
    says("it needs the class io.gantry.linux.Gone, which no bundle here has; it was built for another version",
        new NoClassDefFoundError("io/gantry/linux/Gone"));
    says("it was built for another version: 'void a.B.c()'", new NoSuchMethodError("'void a.B.c()'"));
  }

  @Test
  void nothingIsSaidToo() {
    assertEquals("its activation failed, and SCR does not say why", FailureText.cause(" "));
    assertEquals("told by nobody", FailureText.cause("told by nobody"));
  }
}
