package io.gantry.spi.resolver;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Finds images and opens their bytes. What every driver may rely on is said at {@link io.gantry.api.DriverContext}.
 *
 * <h2>Life, in order</h2>
 * {@code resolve → open* → (the driver replaced) → open*}. A {@link Resolved} lives as long as a pull, and goes to the next activation. It
 * holds no host: which mirror answered is found out anew by each call, as a host may be away the next time, and the digest says that it is
 * the same image.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>R-1</b> {@code resolve} MUST give the digest and size of the manifest or index that the reference means now. A reference with a
 *     digest resolves to that digest or fails.
 * <li><b>R-2</b> {@code open} MUST give bytes from {@code offset} on, or from the start and say so in {@link Body#offset}. Core checks
 *     digests and sizes; a driver MUST NOT hide a short body: one that is cut off fails as IOException, none is filled up.
 * <li><b>R-3</b> A credential MUST go only to the host that {@link Access#credential} was asked for and to the token server that this
 *     host's challenge names; it MUST NOT go over plain http to a host that is not loopback, nor to another host of a redirect or of {@link
 *     Descriptor#urls}. A token MUST go to the host alone that it was fetched for.
 * <li><b>R-4</b> Unknown image or tag MUST be NotFoundException, refused access DeniedException, network trouble and 5xx and 429
 *     UnavailableException with the wait the other side asked for; each message MUST name host, reference and what came back. A body that
 *     breaks MUST be UnavailableException too, and name the host. Where a credential was lent and the host takes it for nothing at all
 *     ({@code GET /v2/} refuses it too), the cause of the DeniedException MUST be a {@link javax.security.auth.login.FailedLoginException};
 *     where only the right to this image is missing it MUST NOT be one: a login keeps a credential or not by this.
 * <li><b>R-5</b> A driver MUST NOT keep a thread or a connection after it was closed and the last body with it; bodies that were opened MAY
 *     go on or fail as IOException.
 * </ul>
 *
 * <h2>Threads</h2> All calls come concurrently, also for one image: a pull opens several blobs at once. A body is read by one thread, and
 * closed by that one or another, at any moment, which ends a read that waits.
 *
 * <h2>Deadline</h2> {@link Access#deadline} is that of the whole call and, for {@code open}, of the reads of its body: what is not done by
 * then SHOULD fail as UnavailableException. It may be {@link java.time.Instant#MAX}; so a driver MUST have limits of its own for a
 * connection, for an answer, and for a body that stands still.
 */
@ConsumerType
public interface Resolver {
  /** The kind of these drivers. */
  String KIND = "resolver";

  /**
   * Asks what a reference means now. Blocks on the network.
   *
   * @param access lent for this call alone; its methods may ask the user's settings, and come from any thread of the call
   * @throws io.gantry.api.NotFoundException the reference's own host knows no such image or tag
   * @throws io.gantry.api.DeniedException the reference's own host refused access; R-4 says when its cause is a FailedLoginException
   * @throws io.gantry.api.UnavailableException no mirror knew it, and the reference's own host may do so later: no connection, no answer,
   *     5xx, 429
   * @throws io.gantry.api.CorruptException another digest came than the reference has
   * @throws io.gantry.api.UnsupportedException what came is of a kind that the driver does not read
   * @throws io.gantry.api.InvalidException the configuration allows no host to be asked
   */
  Resolved resolve(Reference reference, Access access) throws IOException;

  /**
   * Opens the bytes of a manifest, a config or a layer. Blocks on the network until the first bytes may be read; the caller closes
   * the body, also one that failed.
   *
   * @param resolved the image it belongs to, perhaps resolved by an earlier version of the driver
   * @param descriptor what is wanted: {@code resolved.target()}, or something that it refers to
   * @param offset first byte wanted, 0 or more and less than the size
   * @param access lent until the body is closed
   * @throws io.gantry.api.NotFoundException the reference's own host has no such bytes
   * @throws io.gantry.api.DeniedException the reference's own host refused access
   * @throws io.gantry.api.UnavailableException no mirror had them, and the reference's own host may do so later; from reads: the body
   *     broke, or stood still for too long
   * @throws io.gantry.api.CorruptException the other side says that they have another size than the descriptor
   */
  Body open(Resolved resolved, Descriptor descriptor, long offset, Access access) throws IOException;
}
