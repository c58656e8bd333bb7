package io.gantry.spi.runtime;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A runtime that gives processes a terminal, and ends their input. Implemented by the object that is the {@link Runtime}; threads,
 * deadlines and durability are as there.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>T-11</b> A process with {@link Stdio#terminal} MUST have a terminal as its standard streams, and MUST begin with the size that
 *     its document tells ({@code consoleSize}), where it tells one. {@code resize} MUST set its size, by another instance than made it
 *     too. For a container's first process it MUST do so before {@code start} as well, which then begins with that size; before the
 *     start of one that {@link Exec} added, it MAY change nothing.
 * <li><b>T-12</b> Standard input from a FIFO MUST stay open when a writer closes it, since clients come and go, until
 *     {@code closeInput}; then it MUST end once what was written is read and no writer is left. What was written MUST NOT be lost.
 * </ul>
 */
@ConsumerType
public interface Terminal {
  /**
   * Sets the size of a terminal; changes nothing where the process has none, and MAY do so where it has ended.
   *
   * @param id of a container's first process, or of one added by {@link Exec}
   * @param columns characters a line, 1 to 65535
   * @param rows lines, 1 to 65535
   * @throws io.gantry.api.NotFoundException there is no such process
   * @throws io.gantry.api.ConflictException it has ended, and the driver says so
   */
  void resize(TaskId id, int columns, int rows) throws IOException;

  /**
   * Says that no other writer will come (T-12). Done again, or for a process without an input, it changes nothing; it MAY fail where the
   * process has ended.
   *
   * @throws io.gantry.api.NotFoundException there is no such process
   * @throws io.gantry.api.ConflictException it has ended, and the driver says so
   */
  void closeInput(TaskId id) throws IOException;
}
