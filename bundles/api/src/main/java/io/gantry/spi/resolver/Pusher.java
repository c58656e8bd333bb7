package io.gantry.spi.resolver;

import io.gantry.api.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Brings images to where a {@link Resolver} finds them; a driver of that kind may also be one.
 *
 * <h2>Words</h2>
 * The <em>target</em> is what is pushed: {@link Resolved#reference} is the name it gets, {@link Resolved#target} the manifest or index that
 * the name is to mean. Everything else that is put for it is a blob or a manifest <em>below</em> it, known by its digest alone. The target
 * itself goes to the tag of the reference, and to its digest where the reference has no tag.
 *
 * <h2>Life, in order</h2>
 * Of one push: {@code (exists → mount → put)* → put of the target}. Core asks for blobs several at once, for a manifest after all it names,
 * for the target last. The driver may be replaced between any two calls, and during a {@code put}: core then puts the same again.
 *
 * <h2>Rules</h2>
 * <ul>
 * <li><b>P-1</b> {@code exists} MUST tell whether the registry has the bytes where {@code put} would bring them. For the target that is the
 *     tag: a tag that means something else now is false. It MUST change nothing.
 * <li><b>P-2</b> {@code mount} MUST answer true only where the registry has the blob in the target's repository from then on. Where it will
 *     not take it from there, for whatever reason but that nothing may be pushed at all, it answers false and the push goes on with {@code
 *     put}.
 * <li><b>P-3</b> After {@code put} answered, the registry MUST have taken all bytes, under the digest of the descriptor. A body that ends
 *     early or goes on too long, and an answer that names another digest, MUST be CorruptException; a body that fails MUST fail the call
 *     with its own exception. In none of these cases may the registry have the bytes under that digest.
 * <li><b>P-4</b> {@code put} MUST be repeatable: after a call that failed or was cut off anywhere, the same call with the body from its
 *     start MUST succeed, on this or another instance. What is there already is success.
 * <li><b>P-5</b> The body is core's: a driver MUST read it on the calling thread alone, MUST NOT read it twice nor after the call, and MUST
 *     NOT close it. It MUST NOT be held in memory as a whole where it is no manifest.
 * <li><b>P-6</b> Credentials and tokens go where R-3 lets them. Where a registry wants the bytes on another host, that host MUST get none.
 * <li><b>P-7</b> Errors are those of R-4, and a connection that breaks during a {@code put} is UnavailableException.
 * </ul>
 *
 * <h2>Threads, deadline</h2> As those of {@link Resolver}. A {@code put} MUST have a limit of its own for a registry that takes no more
 * bytes; as long as it takes some there is none.
 */
@ConsumerType
public interface Pusher {
  /**
   * Whether the registry has it already (P-1). Blocks on the network.
   *
   * @param target what is pushed, under its new name
   * @param descriptor a blob or manifest below the target, or the target itself
   * @param access lent for this call alone
   * @throws io.gantry.api.DeniedException the registry refuses access; R-4 says when its cause is a FailedLoginException
   * @throws io.gantry.api.UnavailableException it cannot be reached, or has trouble
   * @throws io.gantry.api.InvalidException the configuration allows no host to be pushed to, or what answers is no registry
   */
  boolean exists(Resolved target, Descriptor descriptor, Access access) throws IOException;

  /**
   * Asks the registry to take a blob out of another of its repositories, so that nothing is sent (P-2). Blocks on the network.
   *
   * @param descriptor a blob; never a manifest
   * @param from the repository that has it, perhaps
   * @throws io.gantry.api.DeniedException the registry lets nobody push here with this credential
   * @throws io.gantry.api.UnavailableException it cannot be reached, or has trouble
   */
  boolean mount(Resolved target, Descriptor descriptor, String from, Access access) throws IOException;

  /**
   * Sends it (P-3, P-4). Blocks until the registry has it.
   *
   * @param body all bytes of the descriptor from the first on
   * @throws io.gantry.api.DeniedException the registry refuses it
   * @throws io.gantry.api.UnavailableException the registry cannot be reached, has trouble, or broke off; put it again
   * @throws io.gantry.api.CorruptException the bytes are not those of the descriptor (P-3)
   * @throws io.gantry.api.NotFoundException the registry has no such repository, or lacks something that a manifest names
   * @throws io.gantry.api.UnsupportedException the registry takes no pushes, or none of this kind
   * @throws IOException what reading the body threw
   */
  void put(Resolved target, Descriptor descriptor, InputStream body, Access access) throws IOException;
}
