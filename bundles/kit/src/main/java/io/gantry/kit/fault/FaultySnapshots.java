package io.gantry.kit.fault;

import io.gantry.api.Mount;
import io.gantry.api.Usage;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A snapshot driver that says "again", and whose calls that write fail. */
public record FaultySnapshots(Snapshotter driver, Faults faults) implements Snapshotter, AutoCloseable {
  @Override
  public boolean create(Snap s) throws IOException {
    if (faults.saysAgain()) return false;
    faults.write("create of " + s.id());
    return driver.create(s);
  }

  @Override
  public List<Mount> mounts(Snap s) throws IOException {
    return driver.mounts(s);
  }

  @Override
  public Optional<Usage> seal(Snap s) throws IOException {
    if (faults.saysAgain()) return Optional.empty();
    faults.write("seal of " + s.id());
    return driver.seal(s);
  }

  @Override
  public Usage usage(SnapId id) throws IOException {
    return driver.usage(id);
  }

  /** At its first call a snapshot is gone from the list, so "again" is said only after it; never of what is not there (S-5). */
  @Override
  public boolean remove(SnapId id) throws IOException {
    faults.write("remove of " + id);
    boolean there = driver.list(Optional.empty(), Integer.MAX_VALUE).contains(id);
    return driver.remove(id) && !(there && faults.saysAgain());
  }

  @Override
  public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
    return driver.list(after, max);
  }

  @Override
  public void close() throws Exception {
    faults.closing();
    if (driver instanceof AutoCloseable c) c.close();
  }
}
