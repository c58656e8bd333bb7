package io.gantry.shell;

import java.lang.reflect.Proxy;
import java.util.function.Supplier;
import org.apache.felix.gogo.runtime.CommandProxy;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** Gogo's own proxy of a command, over a service that may be null. */
final class Away {
  private Away() {}

  static Function command(Supplier<Function> service) {
    var context = (BundleContext) Proxy.newProxyInstance(Away.class.getClassLoader(), new Class<?>[] {BundleContext.class},
        (proxy, method, arguments) -> switch (method.getName()) {
          case "getService" -> service.get();
          case "ungetService" -> true;
          default -> throw new UnsupportedOperationException(method.getName());
        });
    var reference = (ServiceReference<?>) Proxy.newProxyInstance(Away.class.getClassLoader(), new Class<?>[] {ServiceReference.class},
        (proxy, method, arguments) -> null);
    return new CommandProxy(context, reference, "away");
  }
}
