package io.gantry.gc;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Contents;
import io.gantry.service.driver.Drivers;
import io.gantry.service.gc.BlobCollection;
import io.gantry.service.gc.CollectRequest;
import io.gantry.service.gc.Collector;
import io.gantry.service.gc.LeaseCollection;
import io.gantry.service.gc.Report;
import io.gantry.service.gc.Report.Kind;
import io.gantry.service.gc.SnapshotCollection;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.record.Table;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One collection at a time, by whoever asks, and by itself ({@link Pace}). The lock is held over a collection and guards what the last one
 * found.
 */
@Component(configurationPid = "gc", immediate = true)
@Designate(ocd = GarbageCollector.Config.class)
public final class GarbageCollector implements Collector {
  /** Configuration. */
  @ObjectClassDefinition(name = "Garbage collection")
  @interface Config {
    @AttributeDefinition(description =
        "Whether it collects by itself; where not, dist:gc does; default true") boolean automatic() default true;

    @AttributeDefinition(min = "0", description = "Seconds that something stays which a call without a lease made or was told to be there;"
        + " default 300") int grace_seconds() default 300;

    @AttributeDefinition(min = "1", description = "Hours that an unfinished write stays after its last byte; default 24")
    int ingest_expire_hours() default 24;

    @AttributeDefinition(min = "0", description = "Milliseconds without a removal after which it collects; default 1000")
    int quiet_millis() default 1000;

    @AttributeDefinition(min = "1", description = "Removals after which it collects without a quiet time; default 1000")
    int removals() default 1000;

    @AttributeDefinition(min = "1", description = "Seconds after which it looks whether something changed or ended; default 60")
    int interval_seconds() default 60;
  }

  private static final Logger log = LoggerFactory.getLogger(GarbageCollector.class);
  private final Parts parts;
  private final ReentrantLock lock = new ReentrantLock(true);
  final Pace pace; // tests look what it knows
  private volatile Settings settings = Settings.defaults();
  /** Number of collections that have begun; written with the lock held. */
  private volatile long begun;
  /** What the last one that came to its end found, and its number. */
  private Report last = new Report(List.of(), List.of(), Duration.ZERO);
  private long ended;
  private Set<String> told = Set.of();

  @Activate
  public GarbageCollector(@Reference Table table, @Reference Leases leases, @Reference LeaseCollection ended, @Reference Images images,
      @Reference Namespaces namespaces, @Reference Contents contents, @Reference BlobCollection blobs,
      @Reference SnapshotCollection snapshots, @Reference Drivers drivers, Config config) {
    this.parts = new Parts(table, leases, ended, images, namespaces, contents, blobs, snapshots, drivers);
    set(config);
    this.pace = new Pace(table, this::settings, scope -> round(scope, CollectRequest.defaults()));
    pace.start();
  }

  @Deactivate
  void close() throws IOException {
    pace.close();
  }

  @Modified
  void modified(Config config) {
    set(config);
    pace.changed();
  }

  private void set(Config config) {
    try {
      settings = Settings.of(config);
    } catch (IllegalArgumentException e) {
      log.error("{}; what was in use before stays, at the start the defaults", e.getMessage());
    }
  }

  private Settings settings() {
    return settings;
  }

  @Override
  public Report collect(Scope scope, CollectRequest request) throws IOException {
    if (request.dryRun()) return new Round(parts, settings, scope, true, strays(request)).run(); // beside one that is under way
    long asked = begun;
    take(scope);
    try {
      if (ended > asked && !request.strays()) return last; // one that somebody else waited for began after this was asked
      round(scope, request);
      return last;
    } finally {
      lock.unlock();
    }
  }

  private Strays strays(CollectRequest request) {
    return new Strays(request.strays(), pace.removed());
  }

  private void take(Scope scope) throws IOException {
    try {
      if (lock.tryLock(scope.nanosLeft(), TimeUnit.NANOSECONDS)) return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for another collection was interrupted");
    }
    throw new UnavailableException("another collection is under way and did not end before the deadline " + scope.deadline()
        + "; try again later");
  }

  private void round(Scope scope, CollectRequest request) throws IOException {
    lock.lock();
    try {
      long number = ++begun;
      pace.begins();
      var round = new Round(parts, settings, scope, false, strays(request));
      last = round.run();
      ended = number;
      pace.ended(round.next(), last.skipped().isEmpty(), round.settled());
      tell(last);
    } finally {
      lock.unlock();
    }
  }

  private void tell(Report r) {
    for (String s : r.skipped()) if (!told.contains(s)) log.warn("the garbage collection leaves alone {}", s);
    told = Set.copyOf(r.skipped());
    if (r.gone().isEmpty()) return;
    String counts = Stream.of(Kind.values()).filter(k -> r.count(k) > 0).map(k -> k.name().toLowerCase(Locale.ROOT) + " " + r.count(k))
        .collect(Collectors.joining(", "));
    log.info("collected in {} ms: {}; {} bytes are free", r.took().toMillis(), counts, r.bytes());
  }
}
