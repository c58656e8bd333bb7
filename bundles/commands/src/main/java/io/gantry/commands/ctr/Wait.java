package io.gantry.commands.ctr;

import io.gantry.api.Scope;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.task.TaskInfo;
import io.gantry.service.task.Tasks;
import io.gantry.spi.runtime.TaskState;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ctr:wait}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=ctr", "osgi.command.function=wait"})
public final class Wait extends Verb {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  @Reference Tasks tasks;
  private final Duration patience;

  public Wait() {
    this(PATIENCE);
  }

  /** @param patience how often it looks; what it sees twice in a row is told */
  Wait(Duration patience) {
    super(new Syntax("ctr:wait", "Wait until a container has ended, and print its exit code").operand("ID", "container")
        .details("Where it cannot be told how the container is, since its runtime driver or its shim is away, a line on the standard error "
        + "says so, and it waits on.")
        .example("ctr:wait foo"));
    this.patience = patience;
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    String id = args.operand(0);
    var over = new CountDownLatch(1);
    Thread.ofVirtual().name("ctr-wait").start(() -> tell(scope, id, over, console));
    try {
      console.out().println(tasks.await(scope, id).code());
    } finally {
      over.countDown();
    }
    return 0;
  }

  /** Says why it may take longer than the container does, once each time that it is so. */
  private void tell(Scope scope, String id, CountDownLatch over, Console console) {
    int away = 0;
    try {
      do {
        String why = why(scope.within(patience), id);
        away = why.isEmpty() ? 0 : away + 1;
        if (away != 2 || over.getCount() == 0) continue;
        console.err().println("ctr:wait: it cannot be told at the moment how container '" + id + "' is (" + why + "); waiting for that");
      } while (!over.await(patience.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String why(Scope scope, String id) {
    try {
      TaskInfo t = tasks.get(scope, id);
      boolean unknown = t.state().filter(s -> s.status() == TaskState.Status.UNKNOWN).isPresent();
      return t.why().isEmpty() && unknown ? "its runtime does not know it" : t.why();
    } catch (IOException e) {
      return e.getMessage() == null ? e.toString() : e.getMessage();
    }
  }
}
