package io.gantry.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.service.content.Writer;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScopeTest {
  /** As that of a call whose time is up. */
  @Test
  void whatLastsHasNoDeadline() {
    Scope scope = new Scope("k8s.io", "me", Optional.of("l"), Instant.MAX);
    assertEquals(scope, scope.within(Duration.ofSeconds(-1)).lasting());
    assertEquals(scope, scope.lasting());
  }

  /** Also of deadlines so far away, before or behind, that nanoseconds do not count them. */
  @Test
  void theTimeToWaitIsCounted() {
    for (Instant none : List.of(Instant.MAX, Instant.MAX.minusNanos(1), Instant.now().plus(Duration.ofDays(300 * 365)))) {
      assertEquals(Long.MAX_VALUE, until(none).nanosLeft(), none::toString);
    }
    for (Instant past : List.of(Instant.MIN, Instant.EPOCH, Instant.now())) assertEquals(0, until(past).nanosLeft(), past::toString);
    long left = Scope.root().within(Duration.ofDays(400)).nanosLeft();
    assertTrue(left <= Duration.ofDays(400).toNanos() && left > Duration.ofDays(399).toNanos(), left + " ns");
  }

  private static Scope until(Instant deadline) {
    return new Scope("default", "root", Optional.empty(), deadline);
  }

  /** What a call gives or takes, which knows its scope from there. */
  private static final Set<String> NO_SERVICES = Set.of("Attached", "Borrowed", "Loan", "Reader", "Source", "Writer");

  /** Each call of a service says in whose name it is made. */
  @Test
  void everyServiceCallHasIt() throws Exception {
    Path classes = Path.of(Scope.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var without = new ArrayList<String>();
    int services = 0;
    List<Path> files;
    try (Stream<Path> all = Files.walk(classes.resolve("io/gantry/service"))) {
      files = all.filter(f -> f.toString().endsWith(".class") && !f.toString().contains("$") && !f.endsWith("package-info.class")).toList();
    }
    for (Path f : files) {
      Class<?> c = Class.forName(classes.relativize(f).toString().replace(".class", "").replace('/', '.'));
      if (!c.isInterface() || NO_SERVICES.contains(c.getSimpleName()) || c.isAnnotationPresent(FunctionalInterface.class)) continue;
      services++;
      for (Method m : c.getMethods()) {
        List<Class<?>> takes = List.of(m.getParameterTypes());
        if (Modifier.isAbstract(m.getModifiers()) && !takes.contains(Scope.class) && !takes.contains(Writer.class)) {
          without.add(c.getSimpleName() + "." + m.getName());
        }
      }
    }
    assertEquals(List.of(), without);
    assertTrue(services > 10, services + " services were looked at");
  }
}
