package io.gantry.shell;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** What is told of a command that cannot be run: there is none of that name, or the services that it needs are not there. */
final class Absent {
  private final Supplier<ServiceComponentRuntime> runtime;
  private final boolean far;

  /** @param far whether the services are those of a manager elsewhere, which has not all of them for its clients */
  Absent(Supplier<ServiceComponentRuntime> runtime, boolean far) {
    this.runtime = runtime;
    this.far = far;
  }

  /** @param name of the command, with its scope or without */
  String tell(String name) {
    return component(name).map(this::unsatisfied).orElse("there is no command '" + name + "'; 'help' lists them");
  }

  private Optional<ComponentDescriptionDTO> component(String name) {
    ServiceComponentRuntime scr = runtime.get();
    if (scr == null) return Optional.empty();
    return scr.getComponentDescriptionDTOs().stream().filter(d -> !verb(d).isEmpty())
        .filter(d -> verb(d).equals(name) || verb(d).endsWith(":" + name)).findFirst();
  }

  private static String verb(ComponentDescriptionDTO d) {
    Map<String, Object> p = d.properties;
    return p.get("osgi.command.scope") instanceof String scope && p.get("osgi.command.function") instanceof String function
        ? scope + ":" + function : "";
  }

  private String unsatisfied(ComponentDescriptionDTO d) {
    if (far) return verb(d) + " works only on the manager itself, not by --address";
    var missing = new TreeSet<String>();
    for (ComponentConfigurationDTO c : runtime.get().getComponentConfigurationDTOs(d)) {
      List.of(c.unsatisfiedReferences).forEach(r -> missing.add(r.name));
    }
    return "command '" + verb(d) + "' is not there at the moment, since what it needs is not: " + (missing.isEmpty() ? "its bundle is on"
        + " its way" : String.join(", ", missing)) + "; see driver:list and the log";
  }
}
