package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import org.junit.jupiter.api.Test;

class RedactedTest {
  @Test
  void hidesQueriesAndUsers() {
    assertEquals("https://cdn.example/a/b?…", Redacted.uri(URI.create("https://CDN.example:443/a/b?X-Amz-Signature=abc")));
    assertEquals("http://127.0.0.1:5000/v2", Redacted.uri(URI.create("http://127.0.0.1:5000/v2")));
    assertEquals("see https://…@host/x", Redacted.text("see https://user:secret@host/x"));
    assertEquals("a b c", Redacted.text("\ta\nb\u001bc\n"));
    assertEquals("x".repeat(200) + "…", Redacted.text("x".repeat(300)));
  }
}
