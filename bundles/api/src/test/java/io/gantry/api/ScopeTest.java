package io.gantry.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.service.content.Writer;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScopeTest {
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
