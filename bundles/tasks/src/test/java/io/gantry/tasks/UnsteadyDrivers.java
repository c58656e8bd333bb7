package io.gantry.tasks;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.world.LeavableDrivers;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.Map;

/** Drivers that are away while that is wanted, and a runtime whose calls fail, or take long. */
final class UnsteadyDrivers extends LeavableDrivers {
  static final DriverRef RUNTIME = new DriverRef(Runtime.KIND, Host.RUNTIME);
  /** Whether runtimes are not known, as when a configuration file is moved away for a moment. */
  volatile boolean forgets;
  /** A kind that is away. */
  volatile String without = "";

  /** Looks at what was written down. */
  @FunctionalInterface
  interface Look {
    boolean is() throws IOException;
  }

  /** The first call for records of whose work this is so has no answer. */
  volatile Look unanswered = () -> false;
  private final ThreadLocal<Boolean> looking = ThreadLocal.withInitial(() -> false);

  /** Does something before or after each call of a runtime. */
  @FunctionalInterface
  interface Step {
    void call(String name, Object[] given) throws Exception;
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    if (scope.deadline().isBefore(Instant.now())) throw new UnavailableException("the deadline has passed, as for the real ones");
    if (ref.kind().equals(without)) throw new UnavailableException("the driver " + ref + " is away");
    if (forgets && ref.kind().equals(Runtime.KIND)) throw new NotFoundException("there is no driver " + ref);
    R answer = super.lend(type, ref, scope, call);
    if (ref.kind().equals(MetadataStore.KIND) && !looking.get() && isUnanswered()) throw new UnavailableException("nobody knows");
    return answer;
  }

  private boolean isUnanswered() throws IOException {
    looking.set(true);
    try {
      if (!unanswered.is()) return false;
      unanswered = () -> false;
      return true;
    } finally {
      looking.set(false);
    }
  }

  void before(Step before) {
    around(before, (name, given) -> { });
  }

  /** @return the runtime as it was */
  Object around(Step before, Step after) {
    Object real = take(RUNTIME);
    put(RUNTIME, Proxy.newProxyInstance(Runtime.class.getClassLoader(), new Class<?>[] {Runtime.class, Exec.class, Terminal.class},
        (self, method, given) -> {
          before.call(method.getName(), given);
          Object answer;
          try {
            answer = method.invoke(real, given);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          after.call(method.getName(), given);
          return answer;
        }), Map.of());
    return real;
  }
}
