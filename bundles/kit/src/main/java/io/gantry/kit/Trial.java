package io.gantry.kit;

import io.gantry.kit.image.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * One try of one rule: a driver over a folder of its own, and what can happen to it. Used by one thread, but for checks.
 *
 * @param <D> the SPI
 */
public final class Trial<D> implements AutoCloseable {
  /** Something that may fail. */
  @FunctionalInterface
  public interface Call {
    void run() throws Exception;
  }

  /** What is true now or later. */
  @FunctionalInterface
  public interface Step {
    boolean done() throws Exception;
  }

  private static final int MOST_SLICES = 100_000;
  private final Subject<D> subject;
  private final Path folder;
  private final long seed;
  private final Random random;
  private final Deque<AutoCloseable> kept = new ArrayDeque<>();
  private final List<D> open = new ArrayList<>();
  private Path root;
  private long epoch = 1;

  Trial(Subject<D> subject, Path folder, long seed) throws IOException {
    this.subject = subject;
    this.folder = folder;
    this.seed = seed;
    this.random = new Random(seed);
    this.root = Files.createDirectory(folder.resolve("root"));
  }

  /** The driver; opened when first asked for. */
  public D driver() throws Exception {
    return open.isEmpty() ? another() : open.getLast();
  }

  /** Closes the driver and opens a new one over the same folder, as a swap does; the epoch grows. */
  public D reopen() throws Exception {
    shut();
    return another();
  }

  /** Opens one more over the same folder beside the one that is open; {@link #driver} is the new one from then on. */
  public D another() throws Exception {
    D d = subject.open(root);
    open.add(d);
    return d;
  }

  /** Closes the driver without opening another, so that somebody else may work in the folder. */
  public void shut() throws Exception {
    if (!open.isEmpty()) subject.close(open.removeLast());
    epoch++;
  }

  /** What a kill leaves: a copy of the folder as it is now, and a new driver over it. The old one is not asked. */
  public D crash() throws Exception {
    Path copy = folder.resolve("crash" + epoch++);
    Programs.output("cp", "-a", "--sparse=always", root.toString(), copy.toString());
    root = copy;
    return another();
  }

  public Path root() {
    return root;
  }

  /** A new folder beside the driver's. */
  public Path scratch(String name) throws IOException {
    return Files.createTempDirectory(folder, name);
  }

  public Subject<D> subject() {
    return subject;
  }

  public Set<String> features() {
    return subject.features();
  }

  public long epoch() {
    return epoch;
  }

  public Random random() {
    return random;
  }

  public long seed() {
    return seed;
  }

  public byte[] bytes(int length) {
    byte[] b = new byte[length];
    random.nextBytes(b);
    return b;
  }

  /** To be closed at the end, the last first. */
  public <C extends AutoCloseable> C keep(C resource) {
    kept.push(resource);
    return resource;
  }

  public void equal(Object expected, Object actual, String what) {
    if (!Objects.deepEquals(expected, actual)) throw new AssertionError(what + ": expected " + show(expected) + ", found " + show(actual));
  }

  public void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  /** The call must throw exactly such an exception, which is answered. */
  public <X extends Throwable> X fails(Class<X> with, String what, Call call) {
    try {
      call.run();
    } catch (Throwable e) {
      if (with.isInstance(e)) return with.cast(e);
      throw new AssertionError(what + ": expected " + with.getSimpleName() + ", was thrown " + e, e);
    }
    throw new AssertionError(what + ": expected " + with.getSimpleName() + ", nothing was thrown");
  }

  /** Calls again until it is done, as core does with what answers "again"; answers how many calls it took. */
  public int until(String what, Step step) throws Exception {
    for (int calls = 1; calls <= MOST_SLICES; calls++) if (step.done()) return calls;
    throw new AssertionError(what + " is not done after " + MOST_SLICES + " calls");
  }

  /** Ends the trial as skipped. */
  public void need(boolean there, String what) {
    if (!there) throw new UnmetException(what);
  }

  @Override
  public void close() throws Exception {
    Exception first = null;
    while (!kept.isEmpty()) first = closing(kept.pop(), first);
    while (!open.isEmpty()) {
      D d = open.removeLast();
      first = closing(() -> subject.close(d), first);
    }
    if (first != null) throw first;
  }

  private static Exception closing(AutoCloseable c, Exception first) {
    try {
      c.close();
    } catch (Exception e) {
      if (first == null) return e;
      first.addSuppressed(e);
    }
    return first;
  }

  private static String show(Object o) {
    String s = o instanceof byte[] b ? b.length + " bytes " + java.util.HexFormat.of().formatHex(b, 0, Math.min(16, b.length))
        : String.valueOf(o);
    return s.length() <= 2000 ? s : s.substring(0, 2000) + "…";
  }
}
