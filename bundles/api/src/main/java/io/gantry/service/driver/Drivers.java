package io.gantry.service.driver;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Lends drivers, one call at a time. Nobody else touches a driver's service.
 *
 * <p>A call runs on a thread of this service, never interrupted; the caller waits no longer than its scope's deadline and the call limit
 * of the configuration. While a driver is replaced, callers wait for the successor, up to {@code replacement.timeout}; then, and for a
 * driver that is absent or failed, UnavailableException with the driver's name, since when, and why. A name that was never known is
 * NotFoundException. Exceptions of a driver that are not of {@code java.*} or {@code io.gantry.*} are turned into ours here.
 *
 * <p>Calls may be nested for different drivers; a call must not borrow its own kind again.
 */
@ProviderType
public interface Drivers {
  /** Borrows for a short call. */
  default <D, R> R call(Class<D> type, DriverRef ref, Scope scope, DriverCall<D, R> call) throws IOException {
    return lend(type, ref, scope, b -> call.with(b.driver()));
  }

  /** Borrows for a short call that wants to know the epoch or version. */
  <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException;

  /**
   * Borrows for a long call, whose work looks at {@link Loan#cut}. The scope's deadline holds, the call limit does not.
   *
   * <p>A call that fails after it was cut is run again from its start, on the successor; one that was cut twice is not cut again. So the
   * work MUST be such that it can be run again, and the caller sees nothing of a cut.
   *
   * @throws io.gantry.api.UnavailableException the driver is away longer than {@code replacement.timeout}
   */
  <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException;

  /** Work of a yielding borrow. */
  @FunctionalInterface
  interface LongCall<D, R> {
    R with(Borrowed<D> driver, Loan loan) throws IOException;
  }

  /** Borrows several at once, in one atomic step, so that two promotions cannot lock each other out. */
  <R> R callAll(List<DriverRef> refs, Scope scope, DriverCall<List<Borrowed<Object>>, R> call) throws IOException;

  /**
   * Names of the instances of a kind that are there, by {@code gantry.order} of their configuration (a number, default 100), then by name.
   */
  List<DriverRef> of(Scope scope, String kind);

  /** Service property of an instance; empty string where it has none. */
  String property(Scope scope, DriverRef ref, String key);

  /** Every instance, in use, dormant, failed or absent, by name. */
  List<DriverState> list(Scope scope);

  /**
   * Says that an instance is configured, so that borrows wait for it while the manager starts, and {@link #list} shows it where it is
   * absent.
   *
   * @param ref the instance
   * @param pid factory PID of its configuration, which the explanation of its absence is looked up by
   * @param location of the bundle that is to be the first in use; empty: the one with the lowest id
   */
  void expect(Scope scope, DriverRef ref, String pid, Optional<String> location);

  /** What {@link #list} shall say besides of an instance, such as a wrong line in its configuration file; an empty text takes it back. */
  void remark(Scope scope, DriverRef ref, String text);

  /** Takes back {@link #expect}: where no bundle has the instance, it is no longer known. */
  void forget(Scope scope, DriverRef ref);

  /**
   * Hands over from the bundle in use to another that is installed and started, and is back at the old one when the successor cannot be
   * activated.
   *
   * @param bundleId the successor
   * @return what happened
   * @throws io.gantry.api.NotFoundException that bundle has no instance of this name
   * @throws io.gantry.api.UnavailableException the successor cannot be activated; the old one is in use again; the message says why
   */
  Promotion promote(Scope scope, DriverRef ref, long bundleId) throws IOException;
}
