package io.gantry.spi.layer;

import java.io.IOException;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Turns entries into the bytes of a layer: the way back of {@link LayerApplier}, which a driver of this interface is, too. Optional.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>W-1</b> What is written MUST be read by the driver's own {@code apply} as the entries that were handed over, in their order, with
 *     all attributes: names, link targets and extended attributes as bytes, times with nanoseconds, before 1970 too, ids over 2097151.
 * <li><b>W-2</b> {@code whiteout} and {@code opaque} MUST be written as {@code .wh.NAME} and {@code .wh..wh..opq}, of time 0; an entry
 * whose
 *     own last part begins with {@code .wh.} MUST be InvalidException, since it would be read as a whiteout.
 * <li><b>W-3</b> The same calls MUST give the same bytes, whenever and wherever: no time, host, user or group name is written.
 * <li><b>W-4</b> The blob MUST be compressed as its media type says: {@code gzip}, {@code zstd}, or not; the same archive uncompressed MUST
 *     be written to {@code plain}, each byte once. Any other type MUST be UnsupportedException.
 * <li><b>W-5</b> Data that end before {@code e.size()} bytes MUST be InvalidException; of more, no byte MUST be read.
 * <li><b>W-6</b> When {@code finish} returns, all bytes MUST have been written. Neither stream MUST be closed or written to by {@code
 * close};
 *     what they and the data throw MUST pass unchanged. {@code close} MAY be called again.
 * <li><b>W-7</b> Writings MUST be able to run concurrently in one driver object without touching each other; threads and child processes of
 *     one MUST be gone when it is closed.
 * </ul>
 *
 * <h2>Example</h2> {@code try (LayerSink s = writer.open(type, blob, plain)) { s.entry(e, data); s.whiteout(name); s.finish(); }}
 */
@ConsumerType
public interface LayerWriter {
  /** Whether this driver writes layers of this media type. Quick, without I/O. */
  boolean writes(String mediaType);

  /**
   * Begins a layer.
   *
   * @param blob takes the bytes of the layer
   * @param plain takes those of the archive uncompressed, of which the diff id is made
   * @return to be given the entries by one thread, then finished and closed
   * @throws io.gantry.api.UnsupportedException the media type is not this driver's (W-4)
   */
  LayerSink open(String mediaType, OutputStream blob, OutputStream plain) throws IOException;
}
