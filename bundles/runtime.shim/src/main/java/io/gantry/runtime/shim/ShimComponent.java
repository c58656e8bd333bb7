package io.gantry.runtime.shim;

import io.gantry.api.DriverContext;
import io.gantry.api.Typed;
import io.gantry.spi.runtime.Bundle;
import io.gantry.spi.runtime.Exec;
import io.gantry.spi.runtime.Limits;
import io.gantry.spi.runtime.OutOfMemory;
import io.gantry.spi.runtime.Pause;
import io.gantry.spi.runtime.Processes;
import io.gantry.spi.runtime.Runtime;
import io.gantry.spi.runtime.Stats;
import io.gantry.spi.runtime.Stdio;
import io.gantry.spi.runtime.TaskId;
import io.gantry.spi.runtime.TaskSpec;
import io.gantry.spi.runtime.TaskState;
import io.gantry.spi.runtime.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The component: fails to activate, with one line that says why, where the programs are not there. */
@Component(
    name = "runtime.shim", configurationPolicy = ConfigurationPolicy.REQUIRE,
    service = {Runtime.class, Exec.class, Terminal.class, Pause.class, Processes.class, Limits.class, Stats.class, OutOfMemory.class,
        Bundle.class},
    property = DriverContext.KIND + "=" + Runtime.KIND)
@Designate(ocd = ShimComponent.Config.class, factory = true)
public final class ShimComponent implements Runtime, Exec, Terminal, Pause, Processes, Limits, Stats, OutOfMemory, Bundle {
  /** Keys of {@code runtime.shim~NAME.cfg}. */
  @ObjectClassDefinition(name = "Runtime over containerd's shims")
  public @interface Config {
    @AttributeDefinition(description =
        "Path of the shim's program; empty to look for containerd-shim-runc-v2 in the PATH and below $GANTRY_TOOLS")
    String shim_path() default "";

    @AttributeDefinition(description = "Path of the OCI runtime that the shim calls; empty to look for runc in the same places")
    String runc_path() default "";

    @AttributeDefinition(min = "1", description = "How long the making or starting of a container may take, in seconds")
    int create_timeout() default 60;

    @AttributeDefinition(min = "1", description = "How long a shim may take to answer any other call, in seconds")
    int call_timeout() default 10;
  }

  private final Shim shim;

  @Activate
  public ShimComponent(Config config, Map<String, ?> properties) throws IOException {
    DriverContext context = DriverContext.of(properties);
    Files.createDirectories(context.state());
    shim = new Shim(context.state(), Settings.find(new Programs(System.getenv()), config.shim_path(), config.runc_path(),
        seconds("create.timeout", config.create_timeout()), seconds("call.timeout", config.call_timeout())));
  }

  private static Duration seconds(String key, int value) {
    if (value < 1 || value > 3600) throw new IllegalArgumentException(key + " = " + value + ": expected 1 to 3600 seconds");
    return Duration.ofSeconds(value);
  }

  @Override
  public void create(TaskSpec spec) throws IOException {
    shim.create(spec);
  }

  @Override
  public long start(TaskId id) throws IOException {
    return shim.start(id);
  }

  @Override
  public void signal(TaskId id, int signal, boolean all) throws IOException {
    shim.signal(id, signal, all);
  }

  @Override
  public TaskState state(TaskId id) throws IOException {
    return shim.state(id);
  }

  @Override
  public void delete(TaskId id) throws IOException {
    shim.delete(id);
  }

  @Override
  public void exec(TaskId id, Typed process, Stdio stdio) throws IOException {
    shim.exec(id, process, stdio);
  }

  @Override
  public void resize(TaskId id, int columns, int rows) throws IOException {
    shim.resize(id, columns, rows);
  }

  @Override
  public void closeInput(TaskId id) throws IOException {
    shim.closeInput(id);
  }

  @Override
  public void pause(TaskId id) throws IOException {
    shim.pause(id);
  }

  @Override
  public void resume(TaskId id) throws IOException {
    shim.resume(id);
  }

  @Override
  public List<Long> pids(TaskId id) throws IOException {
    return shim.pids(id);
  }

  @Override
  public void update(TaskId container, Typed resources) throws IOException {
    shim.update(container, resources);
  }

  @Override
  public Typed stats(TaskId container) throws IOException {
    return shim.stats(container);
  }

  @Override
  public Path bundle(TaskId container) throws IOException {
    return shim.bundle(container);
  }

  @Override
  public long killed(TaskId container) throws IOException {
    return shim.killed(container);
  }
}
