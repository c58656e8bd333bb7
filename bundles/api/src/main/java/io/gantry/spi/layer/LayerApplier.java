package io.gantry.spi.layer;

import io.gantry.api.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Turns the bytes of a layer into entries.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>L-1</b> {@code apply} MUST hand over every entry of the archive in its order, with all attributes as the archive has them: names
 *     and link targets as bytes, modes with setuid, setgid and sticky, ids over 65535, times in nanoseconds, extended attributes raw.
 * <li><b>L-2</b> Whiteouts ({@code .wh.NAME}) and opaque marks ({@code .wh..wh..opq}) MUST become {@code whiteout} and {@code opaque}; one
 *     that names the root, {@code .} or {@code ..} MUST be InvalidException.
 * <li><b>L-3</b> The uncompressed bytes MUST be read through {@link Taps#uncompressed}, once, to their end.
 * <li><b>L-4</b> Compression MUST be told by the bytes, not by the media type: gzip (several members), zstd (with skippable frames), plain.
 * <li><b>L-5</b> A broken archive (checksum, cut short, unknown type, size lies), and compression that is broken, MUST be an
 *     InvalidException that says at which entry, never an endless loop or a success. CorruptException is core's: it alone knows the digest
 *     that was promised. An archive MAY end right behind the data of its last entry, or behind one empty block, as some writers leave it.
 * <li><b>L-6</b> A name, link or set of PAX records over {@link Taps#maxHeaderBytes} MUST be ExhaustedException before it is kept.
 * <li><b>L-7</b> {@code apply} MUST call {@link Taps#entry} per entry, MUST NOT call {@code finish} or {@code close} on the sink nor close
 *     the blob, and MUST let exceptions of sink and taps pass unchanged.
 * <li><b>L-8</b> Sparse files MUST be expanded; a PAX global header MUST NOT change anything.
 * <li><b>L-9</b> Applications MUST be able to run concurrently in one driver object without touching each other; child processes and
 *     threads that a driver starts for one MUST be gone when {@code apply} returns or throws.
 * </ul>
 */
@ConsumerType
public interface LayerApplier {
  /** The kind of these drivers. */
  String KIND = "layer";

  /** Whether layers of this media type are this driver's. Quick, without I/O. */
  boolean accepts(String mediaType);

  /**
   * Reads the blob and hands its entries to the sink.
   *
   * @throws io.gantry.api.InvalidException the archive is broken
   * @throws io.gantry.api.ExhaustedException a limit was reached
   */
  Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException;
}
