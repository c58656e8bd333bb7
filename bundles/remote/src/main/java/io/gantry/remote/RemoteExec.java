package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.Typed;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.TaskProcesses;
import java.io.IOException;

/** The start of one more process in a container; what fails takes it back, also where nobody told whether it runs. */
final class RemoteExec {
  private static final int SIGKILL = 9;

  private RemoteExec() {}

  /** Adds and starts it, whose streams are open then. */
  static void start(TaskProcesses processes, Scope scope, ProcessRef ref, Typed process, Pipes pipes) throws IOException {
    try {
      processes.add(scope, ref, process, pipes.stdio());
      processes.start(scope, ref);
      pipes.opened();
    } catch (AlreadyExistsException e) {
      throw e; // what is there is another's
    } catch (IOException | RuntimeException e) {
      back(processes, scope, ref, e);
      throw e;
    }
  }

  /** Servers delete no process that runs. */
  private static void back(TaskProcesses processes, Scope scope, ProcessRef ref, Exception why) {
    step(why, scope, last -> {
      try {
        processes.kill(last, ref, SIGKILL);
      } catch (ConflictException e) {
        return; // it does not run
      }
      processes.await(last, ref);
    });
    step(why, scope, last -> processes.delete(last, ref));
  }

  private static void step(Exception why, Scope scope, CleanUp.Work back) {
    CleanUp.after(why, scope, last -> {
      try {
        back.run(last);
      } catch (NotFoundException gone) {
        return; // that is what was wanted
      }
    });
  }
}
