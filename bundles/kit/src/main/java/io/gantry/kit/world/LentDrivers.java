package io.gantry.kit.world;

import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Loan;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Lends the objects it was given, on the caller's thread: no fence, no limit. A name that was never given is NotFound, one that was taken
 * away Unavailable. Tests that need more of a swap override {@link #lend} or {@link #yielding}.
 */
public class LentDrivers implements Drivers {
  /** @param driver null while it is away */
  private record Entry(Object driver, long epoch, Map<String, ?> properties) {}

  private final Map<DriverRef, Entry> all = new ConcurrentSkipListMap<>();

  /** Another one of that name has a larger epoch. */
  public final void put(DriverRef ref, Object driver, Map<String, ?> properties) {
    Entry before = all.get(ref);
    all.put(ref, new Entry(driver, before == null ? 1 : before.epoch() + 1, properties));
  }

  /** It is away from now on. @return what was lent; null where there was none */
  public final Object take(DriverRef ref) {
    Entry before = all.get(ref);
    if (before == null) return null;
    all.put(ref, new Entry(null, before.epoch(), before.properties()));
    return before.driver();
  }

  private Entry entry(DriverRef ref) throws IOException {
    Entry e = all.get(ref);
    if (e == null) throw new NotFoundException("there is no driver " + ref);
    if (e.driver() == null) throw new UnavailableException("the driver " + ref + " is away");
    return e;
  }

  /** The object of that name with its epoch. @throws UnavailableException it is away */
  protected final <D> Borrowed<D> borrowed(Class<D> type, DriverRef ref) throws IOException {
    Entry e = entry(ref);
    return new Borrowed<>(type.cast(e.driver()), e.epoch(), "test." + ref.kind(), Long.toString(e.epoch()));
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    return call.with(borrowed(type, ref));
  }

  @Override
  public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
    return call.with(borrowed(type, ref), new Loan() {
      @Override
      public boolean cut() {
        return false;
      }

      @Override
      public void onCut(Runnable wake) {
        // nothing is ever cut here
      }
    });
  }

  @Override
  public <R> R callAll(List<DriverRef> refs, Scope scope, DriverCall<List<Borrowed<Object>>, R> call) throws IOException {
    List<Borrowed<Object>> lent = new ArrayList<>();
    for (DriverRef r : refs) lent.add(borrowed(Object.class, r));
    return call.with(lent);
  }

  @Override
  public List<DriverRef> of(Scope scope, String kind) {
    return all.keySet().stream().filter(r -> r.kind().equals(kind) && all.get(r).driver() != null).toList();
  }

  @Override
  public String property(Scope scope, DriverRef ref, String key) {
    Entry e = all.get(ref);
    return e != null && e.properties().get(key) instanceof String s ? s : "";
  }

  @Override
  public List<DriverState> list(Scope scope) {
    List<DriverState> states = new ArrayList<>();
    all.forEach((ref, e) -> states.add(new DriverState(ref, "test." + ref.kind(), 0, Long.toString(e.epoch()), Optional.empty(),
        e.driver() == null ? DriverState.State.ABSENT : DriverState.State.ACTIVE, e.epoch(), 0, 0, Instant.EPOCH, "")));
    return states;
  }

  @Override
  public void expect(Scope scope, DriverRef ref, String pid, Optional<String> location) {
    throw new IllegalStateException("nothing is configured here");
  }

  @Override
  public void remark(Scope scope, DriverRef ref, String text) {
    throw new IllegalStateException("nothing is configured here");
  }

  @Override
  public void forget(Scope scope, DriverRef ref) {
    throw new IllegalStateException("nothing is configured here");
  }

  @Override
  public Promotion promote(Scope scope, DriverRef ref, long bundleId) {
    throw new IllegalStateException("nothing is promoted here");
  }
}
