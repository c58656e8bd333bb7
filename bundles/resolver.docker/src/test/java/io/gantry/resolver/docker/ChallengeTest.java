package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  private static List<String> parse(String... headers) {
    return Challenge.parse(List.of(headers)).stream().map(c -> c.scheme() + c.parameters()).toList();
  }

  @Test
  void readsWhatRegistriesSend() {
    Challenge c =
        Challenge.parse(
            List.of("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\""))
            .getFirst();
    assertEquals("bearer", c.scheme());
    assertEquals(
        Map.of("realm", "https://auth.docker.io/token", "service", "registry.docker.io", "scope", "repository:a/b:pull,push"),
        c.parameters());
    assertEquals("", c.get("error"));
  }

  @Test
  void readsSeveralInOneAndInSeveralHeaders() {
    assertEquals(List.of("basic{realm=a \"b\"}", "bearer{realm=x, scope=}"),
        parse("BASIC realm=\"a \\\"b\\\"\", Bearer Realm = x , scope=\"\""));
    assertEquals(List.of("negotiate{}", "basic{realm=r}"), parse("Negotiate", "Basic realm=\"r\""));
    assertEquals(List.of("negotiate{}", "basic{realm=r}"), parse("Negotiate, Basic realm=\"r\""));
  }

  @Test
  void survivesNonsense() {
    assertEquals(List.of(), parse("", " , ,"));
    assertEquals(List.of("bearer{realm=never closed}"), parse("Bearer realm=\"never closed"));
    assertEquals(List.of("bearer{}"), parse("Bearer =,="));
    assertEquals(List.of("bearer{realm=first}"), parse("Bearer realm=first,realm=second"));
  }
}
