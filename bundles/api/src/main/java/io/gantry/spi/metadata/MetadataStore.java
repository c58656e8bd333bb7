package io.gantry.spi.metadata;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps the manager's records.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>M-1</b> {@code commit} MUST be atomic and durable when it answers: after a crash at any moment a batch is there as a whole or not
 *     at all, and each one that was acknowledged is there.
 * <li><b>M-2</b> A condition that does not hold MUST be ConflictException that names the key, the revision found and the one expected;
 *     nothing is changed then.
 * <li><b>M-3</b> Each commit MUST have a sequence larger than every one before, also over restarts; it is the revision of what it wrote.
 * <li><b>M-4</b> {@code get} and {@code range} MUST show a batch from the moment its commit answered, and never a part of one.
 * <li><b>M-5</b> {@code range} MUST give records of {@code from <= key < to} in order of key, at most {@code max}.
 * <li><b>M-6</b> Values MUST come back byte for byte, also empty ones and ones of 1 MiB.
 * <li><b>M-7</b> What a crash cut at the end of a file MUST NOT stop the store from opening. Damage elsewhere MUST be CorruptException at
 *     first use, naming file and position, and the store MUST NOT throw anything away.
 * <li><b>M-8</b> A new instance over the same folder MUST go on where the old one, closed or killed, stopped.
 * </ul>
 *
 * <h2>Bytes</h2> The arrays of a {@link Batch.Put} and of a {@link Rec} are handed over, not copied: from then on nobody MUST change them,
 * neither who gave them nor who got them. So a store MAY keep the array of a batch and MAY give one array out any number of times.
 *
 * <h2>Threads</h2> All calls come concurrently. Threads are never interrupted.
 */
@ConsumerType
public interface MetadataStore {
  /** The kind of these drivers. */
  String KIND = "metadata";

  /**
   * Carries out a batch and answers its sequence.
   *
   * @throws io.gantry.api.ConflictException a condition does not hold; nothing was changed
   * @throws io.gantry.api.ExhaustedException the disk is full; nothing was changed
   */
  long commit(Batch batch) throws IOException;

  /** @throws io.gantry.api.CorruptException the files are damaged (M-7) */
  Optional<Rec> get(Key key) throws IOException;

  /**
   * A page of records (M-5).
   *
   * @param from first key
   * @param to first key behind the range
   * @param max at most so many; at least 1
   * @throws io.gantry.api.CorruptException the files are damaged (M-7)
   */
  List<Rec> range(Key from, Key to, int max) throws IOException;

  /** The sequence of the last commit; 0 where there was none. */
  long sequence() throws IOException;
}
