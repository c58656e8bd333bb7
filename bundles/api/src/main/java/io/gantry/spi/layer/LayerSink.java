package io.gantry.spi.layer;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Takes the entries of one layer, in the order of the archive, and makes the tree of them. Names are resolved beneath the root of the
 * tree, whatever links say. Calls come one at a time from one thread.
 *
 * <p>An entry replaces what is there, but a folder over a folder, which merges. Parents that are missing are made 0755, or taken over
 * from below. Where it is closed without {@code finish}, whoever made it removes the tree. That of a {@link LayerWriter} makes no tree but
 * an archive, in which all stands as it is handed over.
 */
@ConsumerType
public interface LayerSink extends Closeable {
  /**
   * @param data exactly {@code e.size()} bytes of a file, else empty; read to its end here
   * @throws NeedsParentsException something from below is needed, and this sink has nothing below
   * @throws io.gantry.api.InvalidException the entry is not possible (a hard link to nothing, a file beneath a file)
   */
  void entry(Entry e, InputStream data) throws IOException;

  /** What lower layers have under this name is gone; what this layer itself put there stays. */
  void whiteout(Name name) throws IOException;

  /** Everything that lower layers have in this folder is gone. */
  void opaque(Name directory) throws IOException;

  /** Sets what is set last (times of folders). Called by core once the applier has answered, never by an applier (L-7). */
  void finish() throws IOException;
}
