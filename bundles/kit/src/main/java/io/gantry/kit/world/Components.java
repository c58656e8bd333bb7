package io.gantry.kit.world;

import io.gantry.api.DriverContext;
import io.gantry.service.driver.DriverRef;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Starts components by their one public constructor, as SCR does in the manager: a configuration has its defaults, a service is what was
 * started or added before. So a test has the real parts without a framework, and without a way into their packages.
 */
public final class Components implements Closeable {
  private final Path root;
  private final LentDrivers drivers;
  private final List<Object> services = new ArrayList<>();
  private final Deque<Object> started = new ArrayDeque<>();

  /** @param root a folder of the test's; drivers get folders below it */
  public Components(Path root) {
    this(root, new LentDrivers());
  }

  public Components(Path root, LentDrivers drivers) {
    this.root = root;
    this.drivers = drivers;
    services.add(drivers);
  }

  public LentDrivers drivers() {
    return drivers;
  }

  /** Something that components may ask for. */
  public <T> T add(T service) {
    services.add(service);
    return service;
  }

  /** A core component. */
  public <T> T start(Class<T> component, Map<String, ?> properties) throws IOException {
    T made = make(component, properties);
    started.push(made);
    return add(made);
  }

  /** A driver over the folder of that kind and name; the next of that name takes the place of the one before, which is ended. */
  public <T> T driver(Class<T> component, String kind, String name, Map<String, ?> properties) throws IOException {
    DriverRef ref = new DriverRef(kind, name);
    Map<String, Object> all = new HashMap<>(properties);
    all.put(DriverContext.KIND, kind);
    all.put(DriverContext.NAME, name);
    all.put(DriverContext.ROOT, Files.createDirectories(root.resolve("root").resolve(kind).resolve(name)).toString());
    all.put(DriverContext.STATE, Files.createDirectories(root.resolve("state").resolve(kind).resolve(name)).toString());
    Object before = drivers.take(ref);
    if (before != null) {
      started.remove(before);
      end(before);
    }
    T made = make(component, all);
    started.push(made);
    drivers.put(ref, made, properties);
    return made;
  }

  private <T> T make(Class<T> component, Map<String, ?> properties) throws IOException {
    Constructor<?>[] all = component.getConstructors();
    if (all.length != 1) throw new IllegalArgumentException(component + " has " + all.length + " public constructors, expected one");
    Object[] given = new Object[all[0].getParameterCount()];
    for (int i = 0; i < given.length; i++) given[i] = argument(component, all[0].getParameterTypes()[i], properties);
    try {
      return component.cast(all[0].newInstance(given));
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException io) throw io;
      if (e.getCause() instanceof RuntimeException r) throw r;
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be started", e);
    }
  }

  private Object argument(Class<?> component, Class<?> type, Map<String, ?> properties) {
    if (type == Map.class) return properties;
    if (type.isAnnotation()) return proxy(type, m -> properties.containsKey(key(m)) ? properties.get(key(m)) : m.getDefaultValue());
    // not by its class, since the kit has no framework
    if (type.getName().equals("org.osgi.framework.BundleContext")) return proxy(type, properties);
    return services.reversed().stream().filter(type::isInstance).findFirst().orElseThrow(
        () -> new IllegalArgumentException(component.getSimpleName() + " needs a " + type.getSimpleName()
        + ", which was not started before"));
  }

  private static String key(Method attribute) {
    return attribute.getName().replace('_', '.');
  }

  /** What a method without parameters answers. */
  private interface Answer {
    Object of(Method m);
  }

  private static Object proxy(Class<?> type, Answer answer) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, m, given) -> answer.of(m));
  }

  /** A framework that has properties and nothing else. */
  private static Object proxy(Class<?> type, Map<String, ?> properties) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, m, given) -> {
      if (!m.getName().equals("getProperty")) throw new UnsupportedOperationException("there is no framework: " + m);
      return properties.get(given[0]);
    });
  }

  @Override
  public void close() throws IOException {
    while (!started.isEmpty()) end(started.pop());
  }

  /** Deactivates what has something to deactivate: by convention its method {@code close}. */
  private static void end(Object component) throws IOException {
    try {
      Method close = component.getClass().getDeclaredMethod("close");
      close.setAccessible(true);
      close.invoke(component);
    } catch (NoSuchMethodException e) {
      return; // it holds nothing
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException io) throw io;
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
