package io.gantry.runtime.shim;

import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Pidfd;
import io.gantry.linux.ProcStat;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * A shim's process. Told from a later one of the same number by its start and the boot it belongs to.
 *
 * @param boot id of the boot
 * @param startTicks when it started, since boot
 */
record Keeper(int pid, String boot, long startTicks) {
  /** @throws IOException there is no such process */
  static Keeper of(int pid) throws IOException {
    ProcStat stat = ProcStat.of(pid).orElseThrow(() -> new IOException("process " + pid + ", which should be the shim, is not there"));
    return new Keeper(pid, ProcStat.bootId(), stat.startTicks());
  }

  boolean alive() throws IOException {
    if (!boot.equals(ProcStat.bootId())) return false;
    Optional<ProcStat> stat = ProcStat.of(pid);
    return stat.isPresent() && stat.get().startTicks() == startTicks && stat.get().alive();
  }

  /** How it is, and what to do where it does not answer; for messages. */
  String advice() throws IOException {
    if (!alive()) return "process " + pid + " has ended; try again";
    char state = ProcStat.of(pid).map(ProcStat::state).orElse('X');
    return state == 'T' || state == 't' ? "process " + pid + " is stopped; let it go on (kill -CONT " + pid + ") and try again"
        : "process " + pid + " lives; try again later";
  }

  /** Whether it has ended, or does within that time. */
  boolean ends(Duration patience) throws IOException {
    try (Pidfd p = Pidfd.open(pid)) {
      return !alive() || p.await(patience);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ESRCH) return true;
      throw e;
    }
  }

  /** Waits for its end, which was asked for, and kills it when it does not come. */
  void end(Duration patience) throws IOException {
    try (Pidfd p = Pidfd.open(pid)) {
      if (!alive() || p.await(patience)) return;
      p.signal(9);
      p.await(Duration.ofSeconds(2));
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESRCH) throw e;
    }
  }
}
