package io.gantry.content;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Labels;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.bytes.Pauses;
import io.gantry.oci.content.Copy;
import io.gantry.oci.record.WholeRows;
import io.gantry.oci.record.WholeRows.Pages;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.content.Source;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.gc.BlobCollection;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Holding;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Content as namespaces see it: rows here, bytes in the driver. Bytes are durable before their row is.
 *
 * <p>Immediate, and changed in place by a new configuration: one instance knows all writers as long as the manager runs. Another would take
 * the ref of a writer at work for one whose answer was lost. A store that is configured anew is that of writes, reads and questions that
 * begin from then on; a wrong one leaves the one before. Where there is none, as at the start, what needs the store fails until there is:
 * no default takes its place, which would be other data, and those who refer to this service stay.
 */
@Component(configurationPid = "content", immediate = true)
@Designate(ocd = ContentService.Config.class)
public final class ContentService implements Contents, BlobCollection {
  /** Configuration. */
  @ObjectClassDefinition(name = "Content")
  @interface Config {
    @AttributeDefinition(description = "Name of the content driver that keeps the bytes; default local") String store() default "local";

    @AttributeDefinition(description = "Whether a namespace gets bytes that another one has without bringing them: shared, or isolated;"
        + " default shared", options = {@Option("shared"), @Option("isolated")}) String policy() default SHARED;
  }

  private static final String SHARED = "shared";
  private static final String ISOLATED = "isolated";

  private static final Logger log = LoggerFactory.getLogger(ContentService.class);
  private static final int TRIES = 20;
  private static final int PAGE = 500;
  private final Drivers drivers;
  private final Table table;
  private final Holds holds;
  private final Events events;
  private final Refs refs = new Refs();
  private final DigestLocks locks = new DigestLocks();
  private final Pauses pauses = new Pauses();
  private final Sharing sharing;
  private final BlobRows rows;
  private final WholeRows<Info> whole = new WholeRows<>((scope, row) -> BlobRow.decode(scope.namespace(), row).info(), log::warn);
  private final Removals removals;
  private volatile boolean shared = true;
  /** Empty as long as no configuration had a name. */
  private volatile Optional<Store> store = Optional.empty();
  private volatile String wrong = "";

  @Activate
  public ContentService(@Reference Drivers drivers, @Reference Table table, @Reference Holding holding, @Reference Events events,
      Config config) {
    this.drivers = drivers;
    this.table = table;
    this.holds = new Holds(table, holding);
    this.events = events;
    this.sharing = new Sharing(table);
    this.rows = new BlobRows(table, events);
    this.removals = new Removals(drivers, table, events, locks);
    modified(config);
  }

  @Modified
  void modified(Config config) {
    if (Set.of(SHARED, ISOLATED).contains(config.policy())) {
      shared = config.policy().equals(SHARED);
    } else {
      log.error("content.cfg: policy = '{}' is neither {} nor {}; what was in use before stays, at the start {}", config.policy(), SHARED,
          ISOLATED, SHARED);
    }
    try {
      store = Optional.of(new Store(drivers, config.store()));
    } catch (IllegalArgumentException e) {
      wrong = "content.cfg: store = '" + config.store()
          + "' is no name of a driver: expected letters and digits, joined by . _ or -, e.g. local";
      log.error("{}; {}", wrong, store.map(s -> "the store '" + s.name() + "' stays in use").orElse("content fails until it is right"));
    }
  }

  @Deactivate
  void close() {
    pauses.end();
  }

  private Store store() throws InvalidException {
    return store.orElseThrow(() -> new InvalidException(wrong));
  }

  /** The configured one, and after it those of before that are there: what was begun in one of these is unfinished there. */
  private List<Store> stores(Scope scope) throws InvalidException {
    Store now = store();
    var all = new ArrayList<Store>(List.of(now));
    for (DriverRef r : drivers.of(scope, ContentStore.KIND)) if (!r.name().equals(now.name())) all.add(new Store(drivers, r.name()));
    return all;
  }

  @Override
  public Writer writer(Scope scope, WriterSpec spec) throws IOException {
    Labels.checked(spec.labels());
    holds.check(scope); // a lease that is not there is told before the bytes come
    String ingest = Refs.ingest(scope, spec.ref());
    Store now = store();
    if (present(now, scope, spec)) {
      refs.found(ingest, spec.expected().get());
      throw exists(scope, spec);
    }
    var held = refs.hold(ingest);
    try {
      if (present(now, scope, spec)) { // again: whoever held the ref a moment ago may have committed
        held.committed(spec.expected().get());
        throw exists(scope, spec);
      }
      var writer = new BlobWriter(now, refs, locks, held, scope, spec, new Records(now, scope, spec));
      refs.writes(ingest, writer);
      return writer;
    } catch (IOException | RuntimeException e) {
      refs.release(ingest);
      throw e;
    }
  }

  /** The records of blobs, for one writer. */
  private final class Records implements BlobWriter.Records {
    private final Store now;
    private final Scope scope;
    private final WriterSpec spec;

    Records(Store now, Scope scope, WriterSpec spec) {
      this.now = now;
      this.scope = scope;
      this.spec = spec;
    }

    @Override
    public void begun() throws IOException {
      holds.write(scope, spec.ref());
    }

    @Override
    public Info record(Blob blob, Map<String, String> labels) throws IOException {
      Map<String, String> all = Labels.merged(spec.labels(), labels);
      return rows.record(scope, all, blob, now.name(), holds.committed(scope, spec.ref(), blob.digest()));
    }

    @Override
    public boolean keep(Digest digest) throws IOException {
      return ContentService.this.keep(scope, digest);
    }

    @Override
    public void dropped() throws IOException {
      holds.dropped(scope, spec.ref());
    }
  }

  private static AlreadyExistsException exists(Scope scope, WriterSpec spec) {
    return new AlreadyExistsException("blob " + spec.expected().get() + " is in namespace " + scope.namespace() + " already");
  }

  /** Whether it is here, or the store has the bytes of another namespace that shares them, which are then here too. */
  private boolean present(Store now, Scope scope, WriterSpec spec) throws IOException {
    if (spec.expected().isEmpty()) return false;
    Digest digest = spec.expected().get();
    try (var held = locks.hold(scope, digest)) {
      Optional<Blob> blob = now.find(scope, digest);
      if (blob.isEmpty() || !shared && !sharing.lets(scope, digest)) return false;
      if (spec.total().isPresent() && spec.total().getAsLong() != blob.get().size()) {
        throw new CorruptException("blob " + digest + " is here with another size", spec.total().getAsLong() + " bytes", blob.get().size()
            + " bytes");
      }
      rows.record(scope, spec.labels(), blob.get(), now.name(), holds.blob(scope, digest));
      return true;
    }
  }

  /** Holds a blob of the namespace; whether it is there with its bytes. */
  private boolean keep(Scope scope, Digest digest) throws IOException {
    try (var held = locks.hold(scope, digest)) {
      Optional<Row> row = table.get(scope, BlobRow.TABLE, digest.toString());
      if (row.isEmpty() || new Store(drivers, BlobRow.decode(scope.namespace(), row.get()).store()).find(scope, digest).isEmpty()) {
        return false;
      }
      return rows.keep(scope, digest, holds.blob(scope, digest)).isPresent();
    }
  }

  @Override
  public void write(Writer writer, Source source) throws IOException {
    Copy.all(writer, source, 1, pauses);
  }

  @Override
  public Info put(Scope scope, WriterSpec spec, byte[] bytes) throws IOException {
    Digest digest = spec.expected().orElseGet(() -> Hasher.digest("sha256", bytes));
    try (Writer w = writer(scope, new WriterSpec(spec.ref(), Optional.of(digest), spec.total(), spec.labels()))) {
      if (w.status().offset() > 0) w.truncate();
      w.write(ByteBuffer.wrap(bytes));
      return w.commit(digest, bytes.length);
    } catch (AlreadyExistsException e) {
      return info(scope, digest);
    }
  }

  @Override
  public Info info(Scope scope, Digest digest) throws IOException {
    return find(scope, digest).orElseThrow(() -> missing(scope, digest));
  }

  @Override
  public Optional<Info> find(Scope scope, Digest digest) throws IOException {
    Optional<Row> row = table.get(scope, BlobRow.TABLE, digest.toString());
    return row.isEmpty() ? Optional.empty() : Optional.of(BlobRow.decode(scope.namespace(), row.get()).info());
  }

  @Override
  public Optional<Info> recent(Scope scope, Digest digest) {
    Optional<Row> row = table.recent(scope, BlobRow.TABLE, digest.toString());
    try {
      return row.isEmpty() ? Optional.empty() : Optional.of(BlobRow.decode(scope.namespace(), row.get()).info());
    } catch (IOException damaged) {
      return Optional.empty(); // which info tells
    }
  }

  @Override
  public List<Info> list(Scope scope, Optional<Digest> after, int max) throws IOException {
    return whole.list(scope, pages(scope), after.map(Digest::toString).orElse(""), max);
  }

  @Override
  public List<Damaged> damaged(Scope scope) throws IOException {
    return whole.damaged(scope, pages(scope));
  }

  private Pages pages(Scope scope) {
    return (after, max) -> table.list(scope, BlobRow.TABLE, after, max);
  }

  @Override
  public Info label(Scope scope, Digest digest, Map<String, String> changes) throws IOException {
    return label(scope, digest, old -> Labels.merged(old, changes));
  }

  @Override
  public Info relabel(Scope scope, Digest digest, Map<String, String> labels) throws IOException {
    return label(scope, digest, old -> Labels.merged(Map.of(), labels));
  }

  /** From the labels that are there to those that are to be. */
  @FunctionalInterface
  private interface Relabel {
    Map<String, String> of(Map<String, String> old) throws InvalidException;
  }

  private Info label(Scope scope, Digest digest, Relabel relabel) throws IOException {
    for (int tries = 1; ; tries++) {
      Row row = table.get(scope, BlobRow.TABLE, digest.toString()).orElseThrow(() -> missing(scope, digest));
      BlobRow old = BlobRow.decode(scope.namespace(), row);
      var info = new Info(digest, old.info().size(), old.info().created(), Instant.now(), relabel.of(old.info().labels()));
      try {
        table.change(scope, List.of(new BlobRow(info, old.store(), old.touched(), old.revision()).write()));
        return info;
      } catch (ConflictException e) {
        if (tries == TRIES) throw e;
      }
    }
  }

  @Override
  public Reader reader(Scope scope, Digest digest) throws IOException {
    Row row = table.get(scope, BlobRow.TABLE, digest.toString()).orElseThrow(() -> missing(scope, digest));
    BlobRow blob = BlobRow.decode(scope.namespace(), row);
    Store has = new Store(drivers, blob.store()); // fetched perhaps before another one was configured
    return new BlobReader(has, scope, digest, blob.info().size());
  }

  @Override
  public byte[] read(Scope scope, Digest digest, int max) throws IOException {
    long size = info(scope, digest).size();
    if (size > max) throw new ExhaustedException("read document " + digest + ": it has " + size + " bytes, at most " + max + " are taken");
    try (Reader reader = reader(scope, digest); InputStream in = reader.stream(0)) {
      return in.readAllBytes();
    }
  }

  @Override
  public void remove(Scope scope, Digest digest) throws IOException {
    if (table.get(scope, BlobRow.TABLE, digest.toString()).isEmpty()) throw missing(scope, digest); // it may be damaged
    table.change(scope, List.of(new Change(BlobRow.TABLE, digest.toString(), -1, Optional.empty())));
    events.publish(scope, "/content/delete", Map.of("digest", digest.toString()));
  }

  @Override
  public List<Digest> collect(Scope scope, List<Digest> digests, Predicate<Digest> guard) throws IOException {
    return removals.records(scope, digests, guard);
  }

  @Override
  public List<Digest> reclaim(Scope scope, String store, List<Digest> digests) throws IOException {
    return removals.bytes(scope, store, digests);
  }

  @Override
  public List<Blob> stored(Scope scope, String store, Optional<Digest> after, int max) throws IOException {
    return List.copyOf(new Store(drivers, store).list(scope, after, max));
  }

  @Override
  public Optional<Status> status(Scope scope, String ref) throws IOException {
    for (Store s : stores(scope)) {
      Optional<IngestStatus> found = s.status(scope, Refs.ingest(scope, ref));
      if (found.isPresent()) return Optional.of(status(scope, found.get()));
    }
    return Optional.empty();
  }

  @Override
  public List<Status> writes(Scope scope, String after, int max) throws IOException {
    String prefix = Refs.ingest(scope, "");
    Map<String, IngestStatus> page = new TreeMap<>();
    for (Store s : stores(scope)) {
      for (IngestStatus i : s.ingests(scope, Refs.ingest(scope, after), max)) page.putIfAbsent(i.ref(), i);
    }
    return page.values().stream().limit(max).filter(s -> s.ref().startsWith(prefix)).map(s -> status(scope, s)).toList();
  }

  @Override
  public Set<String> writing(Scope scope) throws IOException {
    var all = new TreeSet<String>();
    for (Store s : stores(scope)) {
      String after = "";
      for (List<IngestStatus> page = s.ingests(scope, after, PAGE); !page.isEmpty(); page = s.ingests(scope, after, PAGE)) {
        for (IngestStatus i : page) all.add(Refs.namespace(i.ref()));
        after = page.getLast().ref();
      }
    }
    return Set.copyOf(all);
  }

  private static Status status(Scope scope, IngestStatus s) {
    String ref = s.ref().substring(Refs.ingest(scope, "").length());
    return new Status(ref, s.offset(), s.total(), s.expected(), s.started(), s.updated());
  }

  @Override
  public void abort(Scope scope, String ref) throws IOException {
    String ingest = Refs.ingest(scope, ref);
    Growth growth;
    try {
      growth = refs.hold(ingest); // so that no writer begins meanwhile
    } catch (UnavailableException e) {
      throw new ConflictException("write '" + ref + "' is at work; end its writer first", e);
    }
    try {
      boolean found = false;
      for (Store s : stores(scope)) {
        if (s.status(scope, ingest).isEmpty()) continue;
        s.abort(scope, ingest);
        found = true;
      }
      if (!found) throw new NotFoundException("there is no write '" + ref + "' in namespace " + scope.namespace());
      growth.gone("write '" + ref + "' was aborted");
      refs.renew(ingest);
      holds.dropped(scope, ref);
    } finally {
      refs.release(ingest);
    }
  }

  @Override
  public void revoke(Scope scope, String ref) throws IOException {
    String ingest = Refs.ingest(scope, ref);
    Optional<BlobWriter> writer = refs.writer(ingest);
    if (writer.isPresent() && writer.get().revoke()) holds.dropped(scope, ref);
    else abort(scope, ref); // nobody is at it, or its writer has ended a moment ago
  }

  @Override
  public InputStream tail(Scope scope, String ref, Digest digest, Duration stalled) throws IOException {
    // Followed before looked for: a commit in between is told to the follower.
    Store now = store();
    var tail = new Tail(now, refs, scope, Refs.ingest(scope, ref), digest, stalled);
    Optional<Info> there;
    try {
      there = find(scope, digest);
    } catch (IOException | RuntimeException e) {
      tail.close();
      throw e;
    }
    if (there.isEmpty()) return new BufferedBytes(tail, 0, Long.MAX_VALUE);
    tail.close();
    return reader(scope, digest).stream(0);
  }

  private static NotFoundException missing(Scope scope, Digest digest) {
    return new NotFoundException("blob " + digest + " is not in namespace " + scope.namespace());
  }
}
