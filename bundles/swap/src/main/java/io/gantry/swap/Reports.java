package io.gantry.swap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What SCR and the framework say about a driver's component and bundle; nothing is guessed. */
final class Reports {
  private static final Logger log = LoggerFactory.getLogger(Reports.class);
  private static final Set<Integer> FAILURES = Set.of(ComponentConfigurationDTO.FAILED_ACTIVATION,
      ComponentConfigurationDTO.UNSATISFIED_REFERENCE, ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION);
  private final BundleContext context;
  private final ServiceComponentRuntime scr;
  private final Deployed deployed;

  Reports(BundleContext context, ServiceComponentRuntime scr, Deployed deployed) {
    this.context = context;
    this.scr = scr;
    this.deployed = deployed;
  }

  /** Whether no component stands behind it any more. A service that is no component's is never active in this sense. */
  boolean inactive(Candidate c) {
    return configuration(c).map(d -> d.state != ComponentConfigurationDTO.ACTIVE).orElse(true);
  }

  /** Why its activation gave nothing; empty while SCR does not say so. */
  Optional<String> whyFailed(Candidate c) {
    return configuration(c).filter(d -> FAILURES.contains(d.state)).map(this::text);
  }

  /** Why its component cannot be made, where SCR tells nobody but its log: its class is not there, or something that it needs. */
  Optional<String> whyNotMade(Candidate c) {
    Object name = c.reference.getProperty("component.name");
    Bundle b = bundle(c.bundleId);
    ComponentDescriptionDTO d = name == null || b == null ? null : scr.getComponentDescriptionDTO(b, name.toString());
    if (d == null) return Optional.empty();
    try {
      b.loadClass(d.implementationClass);
      return Optional.empty();
    } catch (ClassNotFoundException | LinkageError e) {
      return Optional.of("the class " + d.implementationClass + " of its component cannot be loaded: " + FailureText.cause(e));
    }
  }

  /** Why an instance that is configured is not offered by anybody. */
  String whyAbsent(Instance i) {
    if (i.pid.isEmpty()) return "";
    if (i.wanted.isPresent() && !i.candidates.isEmpty()) {
      return ": drivers.lock names " + deployed.shown(i.wanted.get()) + ", which has not come";
    }
    List<String> found = new ArrayList<>();
    for (ComponentDescriptionDTO d : scr.getComponentDescriptionDTOs()) {
      if (Arrays.asList(d.configurationPid).contains(i.pid)) found.add(whyUnsatisfied(d, i));
    }
    for (Bundle b : context.getBundles()) {
      if (b.getState() != Bundle.ACTIVE && b.getSymbolicName() != null && b.getSymbolicName().endsWith("." + i.pid)) {
        found.add("bundle " + b.getBundleId() + " (" + b.getSymbolicName() + ") is " + FailureText.state(b)
            + FailureText.missing(context, b));
      }
    }
    return found.isEmpty() ? ": no started bundle has a component for " + i.pid : ": " + String.join("; ", found);
  }

  /** Why a bundle does not offer an instance. */
  String whyNotOffered(Instance i, long bundleId) {
    Bundle b = bundle(bundleId);
    if (b == null) return "there is no such bundle";
    if (b.getState() != Bundle.ACTIVE) return "it is " + FailureText.state(b) + FailureText.missing(context, b);
    Collection<ComponentDescriptionDTO> all = scr.getComponentDescriptionDTOs(b);
    if (all.isEmpty()) return "it has no components";
    return String.join("; ", all.stream().map(d -> whyUnsatisfied(d, i)).toList());
  }

  private String whyUnsatisfied(ComponentDescriptionDTO d, Instance i) {
    String of = "component " + d.name + " of bundle " + d.bundle.id;
    return scr.getComponentConfigurationDTOs(d).stream()
        .filter(c -> i.ref.name().equals(c.properties.get(io.gantry.api.DriverContext.NAME)))
        .findFirst().map(c -> of + ": " + text(c)).orElse(of + " has no configuration named " + i.ref.name());
  }

  private String text(ComponentConfigurationDTO d) {
    return switch (d.state) {
      case ComponentConfigurationDTO.FAILED_ACTIVATION -> FailureText.cause(d.failure);
      case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION -> "its configuration is missing";
      case ComponentConfigurationDTO.UNSATISFIED_REFERENCE -> "waits for " + String.join(", ",
          Arrays.stream(d.unsatisfiedReferences).map(r -> r.name + (r.target == null ? "" : " " + r.target)).toList());
      case ComponentConfigurationDTO.ACTIVE -> "is active";
      default -> "is satisfied";
    };
  }

  private Optional<ComponentConfigurationDTO> configuration(Candidate c) {
    Object name = c.reference.getProperty("component.name");
    Object id = c.reference.getProperty("component.id");
    Bundle b = bundle(c.bundleId);
    if (name == null || id == null || b == null) return Optional.empty();
    ComponentDescriptionDTO d = scr.getComponentDescriptionDTO(b, name.toString());
    if (d == null) return Optional.empty();
    return scr.getComponentConfigurationDTOs(d).stream().filter(x -> id.equals(x.id)).findFirst();
  }

  private Bundle bundle(long id) {
    return context.getBundle(id);
  }

  /**
   * Loads the classes of the package of a dormant component, so that a hand-over does not (12 ms instead of 2 at the first time). They
   * are not initialised. A class that cannot be loaded says so when it is needed.
   */
  void loadClasses(Candidate c) {
    Object name = c.reference.getProperty("component.name");
    Bundle b = bundle(c.bundleId);
    if (name == null || b == null) return;
    ComponentDescriptionDTO d = scr.getComponentDescriptionDTO(b, name.toString());
    BundleWiring wiring = b.adapt(BundleWiring.class);
    if (d == null || wiring == null) return;
    String folder = d.implementationClass.substring(0, d.implementationClass.lastIndexOf('.') + 1).replace('.', '/');
    for (String file : wiring.listResources(folder, "*.class", BundleWiring.LISTRESOURCES_LOCAL)) {
      try {
        b.loadClass(file.substring(0, file.length() - ".class".length()).replace('/', '.'));
      } catch (ClassNotFoundException | LinkageError e) {
        log.debug("{} of {} is not loaded ahead: {}", file, c.label(), e.toString());
      }
    }
  }

  /** The last means against a component that stays active since its own bundle uses it: two owners of a folder must never be. */
  void stop(Candidate c) {
    Bundle b = bundle(c.bundleId);
    if (b == null) return;
    log.warn("the driver of {} stays active after it was given back, since something else uses its service: its bundle is stopped",
        c.label());
    try {
      b.stop(Bundle.STOP_TRANSIENT);
    } catch (BundleException e) {
      log.error("bundle {} cannot be stopped", c.label(), e);
    }
  }
}
