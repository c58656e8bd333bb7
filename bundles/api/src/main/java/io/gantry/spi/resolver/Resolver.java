package io.gantry.spi.resolver;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Finds images and opens their bytes.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>R-1</b> {@code resolve} MUST give the digest and size of the manifest or index that the reference means now. A reference with a
 *     digest resolves to that digest or fails.
 * <li><b>R-2</b> {@code open} gives bytes from {@code offset} on, or from the start and says so in {@link Body#offset}. Digests and sizes
 *     are checked by core; a driver MUST NOT hide a short body: one that is cut off fails as IOException, none is filled up.
 * <li><b>R-3</b> A credential goes only to the host that {@link Access#credential} was asked for and to the token server that this host's
 *     challenge names; never over plain http to a host that is not loopback, never to another host of a redirect or of {@link
 *     Descriptor#urls}. A token goes to the host alone that it was fetched for.
 * <li><b>R-4</b> Unknown image or tag is NotFoundException, refused access DeniedException, network trouble and 5xx and 429
 *     UnavailableException with the wait the other side asked for; each message names host, reference and what came back. A body
 *     that breaks is UnavailableException too, and names the host.
 * <li><b>R-5</b> A driver keeps no thread and no connection after it was closed, but bodies that were opened go on or fail as IOException.
 * </ul>
 */
@ConsumerType
public interface Resolver {
  /** The kind of these drivers. */
  String KIND = "resolver";

  /** @throws io.gantry.api.NotFoundException unknown to every host that was asked */
  Resolved resolve(Reference reference, Access access) throws IOException;

  /** @param offset first byte wanted, 0 or more and less than the size */
  Body open(Resolved resolved, Descriptor descriptor, long offset, Access access) throws IOException;
}
