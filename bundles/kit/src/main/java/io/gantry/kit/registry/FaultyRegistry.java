package io.gantry.kit.registry;

import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.OciLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A registry on loopback that answers rightly and takes what is pushed until told otherwise, and remembers what it was asked.
 *
 * <p>Example: {@code registry.add("library/x", "latest", image).fault(On.blobs().once(), Fault.cutAfter(1000))}.
 */
public final class FaultyRegistry implements AutoCloseable {
  private record Spoiled(On on, Fault fault, AtomicInteger seen) {
    boolean applies(Request q) {
      if (!on.what().test(q)) return false;
      long n = seen.getAndIncrement() - (long) on.skip();
      return n >= 0 && n < on.times();
    }
  }

  private final HttpDoor door;
  private final String scheme;
  private final Shelf shelf = new Shelf();
  private final List<Spoiled> faults = new CopyOnWriteArrayList<>();
  private final List<Logged> log = new CopyOnWriteArrayList<>();
  private volatile Auth auth = (q, base) -> Optional.empty();

  private FaultyRegistry(ServerSocket listener, String scheme) {
    this.scheme = scheme;
    this.door = new HttpDoor(listener, new HttpDoor.Handler() {
      @Override
      public Reply answer(Request q, byte[] body) throws IOException {
        Reply r = right(q, body);
        for (Spoiled s : faults) if (s.applies(q)) s.fault.spoil(q, r);
        return r;
      }

      @Override
      public void done(Request q, int status, long bytesSent) {
        log.add(new Logged(q, status, bytesSent));
      }
    });
  }

  public static FaultyRegistry start() throws IOException {
    return start(InetAddress.getLoopbackAddress());
  }

  /** On an address of this machine, over plain http. */
  public static FaultyRegistry start(InetAddress at) throws IOException {
    return new FaultyRegistry(HttpDoor.plain(at), "http");
  }

  public static FaultyRegistry startTls(TestCertificate certificate) throws IOException {
    return new FaultyRegistry(HttpDoor.tls(certificate), "https");
  }

  public FaultyRegistry add(String repository, String tag, Artifact artifact) {
    shelf.add(repository, tag, artifact);
    return this;
  }

  public FaultyRegistry add(String repository, OciLayout layout) throws IOException {
    shelf.add(repository, layout);
    return this;
  }

  /** From now on; faults that apply to one request spoil its answer one after another. */
  public FaultyRegistry fault(On on, Fault fault) {
    faults.add(new Spoiled(on, fault, new AtomicInteger()));
    return this;
  }

  public FaultyRegistry heal() {
    faults.clear();
    return this;
  }

  public FaultyRegistry require(BasicAuth basic) {
    auth = basic;
    return this;
  }

  public FaultyRegistry require(BearerAuth bearer) {
    auth = bearer;
    return this;
  }

  /** What it has under a tag or digest, pushed or given. */
  public Optional<byte[]> bytes(String repository, String object) throws IOException {
    return shelf.bytes(repository, object);
  }

  /** Uploads that were begun, and neither ended nor given up. */
  public int uploads() {
    return shelf.uploads();
  }

  /** {@code 127.0.0.1:port}, or the address it was started on. */
  public String host() {
    return door.address().getHostAddress() + ":" + door.port();
  }

  /** How many clients are connected now. */
  public int connections() {
    return door.connections();
  }

  public URI uri() {
    return URI.create(scheme + "://" + host());
  }

  /** All requests that were answered or given up so far, in the order in which that happened. */
  public List<Logged> requests() {
    return List.copyOf(log);
  }

  public List<Logged> requests(On on) {
    return log.stream().filter(l -> on.what().test(l.request())).toList();
  }

  /** Bytes of bodies that went out for these requests. */
  public long bytesSent(On on) {
    return requests(on).stream().mapToLong(Logged::bytesSent).sum();
  }

  public void forget() {
    log.clear();
  }

  @Override
  public void close() throws IOException {
    door.close();
  }

  private Reply right(Request q, byte[] body) throws IOException {
    var own = auth.own(q, body);
    if (own.isPresent()) return own.get();
    var refused = auth.refuse(q, uri().toString());
    if (refused.isPresent()) return refused.get();
    if (q.path().equals("/v2/") || q.path().equals("/v2")) return Reply.text(200, "application/json", "{}");
    if (!q.isManifest() && !q.isBlob()) return Reply.error(404, "NOT_FOUND", "nothing here");
    return q.method().equals("GET") || q.method().equals("HEAD") ? shelf.answer(q) : shelf.take(q, body);
  }
}
