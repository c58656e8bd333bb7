package io.gantry.service.gc;

import io.gantry.api.Scope;
import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Removes what nothing refers to, in all namespaces.
 *
 * <h2>What stays</h2>
 * Containers, images and what an unexpired lease holds, and all they refer to: an image its target, a container and a snapshot its
 * snapshot, and everything what its labels name. Names end in free text behind {@code .} or {@code /}:
 * <ul>
 * <li>{@code containerd.io/gc.ref.content[.x]}, {@code gc.ref.snapshot.DRIVER[/x]}, {@code gc.ref.image[.x]}: refers to that.
 * <li>{@code containerd.io/gc.bref.content}, {@code .snapshot.DRIVER}, {@code .image}, {@code .container}: is referred to by that.
 * <li>{@code containerd.io/gc.cond.snapshot.DRIVER[/x]} on a blob or an image, with {@code usedat<24h|KEY}: is referred to by that snapshot
 *     as long as a time of RFC 3339 in that one's {@code containerd.io/gc.cond.value-usedat} is less than 24 h ago; by {@code >} once it is
 *     more. Of several conditions before the bar, with commas between them, one is enough; what cannot be read holds nothing.
 * <li>{@code containerd.io/gc.root}: stays, and what it refers to. On a blob or a snapshot.
 * <li>{@code containerd.io/gc.expire}, a time of RFC 3339: a lease or an image goes after it, a blob or a snapshot stays until it.
 * <li>{@code containerd.io/gc.flat} on a lease: it holds what it lists, the target of an image and the parents of a snapshot, and nothing
 * that these refer to besides.
 * </ul>
 * What a call without a lease made, or was told to be there, stays for a time as well ({@code grace.seconds} of {@code gc.cfg}). Documents
 * are never read: a manifest without labels refers to nothing.
 *
 * <h2>Beside others</h2> Nobody is stopped. What is referred to by anything at the moment of its removal stays, however late that came.
 */
@ProviderType
public interface Collector {
  /**
   * Collects now, and answers when it is done. Where a collection is under way, waits for it and for one that began after this call;
   * several who wait share that one. What was removed before the call, and is referred to by nothing else, is gone when it answers.
   *
   * @param scope its deadline bounds the wait; its namespace does not matter
   * @throws io.gantry.api.UnavailableException the records cannot be read, or the deadline came first
   */
  Report collect(Scope scope, CollectRequest request) throws IOException;
}
