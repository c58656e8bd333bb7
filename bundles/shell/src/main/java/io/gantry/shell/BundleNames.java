package io.gantry.shell;

import java.util.List;
import java.util.stream.Stream;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** What a user types for a bundle, where a command takes one: its id, its symbolic name where only one has it, or its location. */
@Component(property = Converter.CONVERTER_CLASSES + "=org.osgi.framework.Bundle")
public final class BundleNames implements Converter {
  private final BundleContext context;

  @Activate
  public BundleNames(BundleContext context) {
    this.context = context;
  }

  @Override
  public Object convert(Class<?> desired, Object in) {
    if (desired != Bundle.class || !(in instanceof CharSequence || in instanceof Number)) return null;
    String name = in.toString();
    if (name.matches("\\d{1,18}")) return context.getBundle(Long.parseLong(name));
    List<Bundle> named = Stream.of(context.getBundles()).filter(b -> name.equals(b.getSymbolicName()) || name.equals(b.getLocation()))
        .toList();
    return named.size() == 1 ? named.getFirst() : null;
  }

  @Override
  public CharSequence format(Object target, int level, Converter escape) {
    return null; // others do
  }
}
