package io.gantry.kit.rules;

import static io.gantry.kit.rules.Distribution.ANN;
import static io.gantry.kit.rules.Distribution.REPOSITORY;

import io.gantry.api.CorruptException;
import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.UnavailableException;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.BearerAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The rules of {@link Pusher}, for drivers that speak the distribution protocol; as {@link ResolverContract}, over plain http. */
public final class PusherContract implements Contract<Pusher> {
  private static final Map<String, String> PASSWORDS = Map.of(ANN.user(), ANN.secret());

  /** An empty registry, and an image that is to go there. */
  private static final class World {
    final Trial<Pusher> t;
    final FaultyRegistry registry;
    final Image image;
    final Resolved target;
    final Blob layer;

    World(Trial<Pusher> t) throws IOException {
      this.t = t;
      registry = t.keep(FaultyRegistry.start());
      image = Distribution.image(t, ImageFormat.OCI);
      target = new Resolved(new Reference(registry.host(), REPOSITORY, Optional.of("new"), Optional.empty()), image.descriptor());
      layer = image.blobs().getFirst();
    }

    void put(Blob b, Access access) throws Exception {
      t.driver().put(target, b.descriptor(), new ByteArrayInputStream(b.bytes()), access);
    }

    Optional<byte[]> has(String object) throws IOException {
      return registry.bytes(REPOSITORY, object);
    }

    void hasAll() throws IOException {
      for (Blob b : image.blobs()) {
        t.equal(b.bytes(), has(b.digest().toString()).orElse(new byte[0]), "what the registry has of " + b);
      }
      t.equal(image.manifest().bytes(), has("new").orElse(new byte[0]), "what the tag means");
    }
  }

  @Override
  public String name() {
    return "Pusher";
  }

  @Rule("P-1")
  void existsTellsWhatIsThere(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    for (int round = 0; round < 2; round++) {
      for (Blob b : w.image.blobs()) {
        t.equal(round == 1, t.driver().exists(w.target, b.descriptor(), Access.anonymous()), "whether it has " + b);
      }
      w.registry.add(REPOSITORY, "new", w.image);
    }
    Image other = Distribution.image(t, ImageFormat.OCI);
    w.registry.add(REPOSITORY, "new", other);
    t.equal(false, t.driver().exists(w.target, w.image.descriptor(), Access.anonymous()), "whether a tag that moved means the target");
    t.equal(Set.of(), Set.copyOf(w.registry.requests().stream().map(l -> l.request().method())
        .filter(m -> !m.equals("HEAD") && !m.equals("GET")).toList()), "requests that change something");
  }

  @Rule("P-2")
  void mountsWhatAnotherRepositoryHas(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    Descriptor d = w.layer.descriptor();
    String digest = d.digest().toString();
    t.equal(false, t.driver().mount(w.target, d, "team/other", Access.anonymous()), "mounted from a repository that has it not");
    t.equal(Optional.empty(), w.has(digest), "what the registry has of it then");
    w.registry.add("team/other", "latest", w.image);
    for (Fault f : List.of(Fault.status(401), Fault.status(403), Fault.status(404), Fault.answer(202, "text/plain", ""))) {
      w.registry.heal().fault(On.blobs().and(q -> q.query().contains("mount=")), f);
      t.equal(false, t.driver().mount(w.target, d, "team/other", Access.anonymous()), "mounted from one that it may not be taken from");
    }
    w.registry.heal();
    t.equal(true, t.driver().mount(w.target, d, "team/other", Access.anonymous()), "mounted from a repository that has it");
    t.equal(w.layer.bytes(), w.has(digest).orElse(new byte[0]), "what the registry has of it then");
  }

  @Rule("P-3")
  void putBringsAllThatIsPut(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    for (Blob b : w.image.blobs()) w.put(b, Access.anonymous());
    w.hasAll();
    Image below = Distribution.image(t, ImageFormat.DOCKER);
    w.put(below.manifest(), Access.anonymous());
    t.equal(below.manifest().bytes(), w.has(below.descriptor().digest().toString()).orElse(new byte[0]), "a manifest below the target");
    t.equal(w.image.manifest().bytes(), w.has("new").orElse(new byte[0]), "what the tag means after it");
  }

  @Rule("P-3")
  void wrongBodiesAreNotTaken(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    for (Blob b : List.of(w.layer, w.image.manifest())) {
      byte[] flipped = b.bytes().clone();
      flipped[flipped.length / 2] ^= 1;
      List<byte[]> wrong = List.of(Arrays.copyOf(b.bytes(), b.bytes().length - 1), Arrays.copyOf(b.bytes(), b.bytes().length + 1), flipped);
      for (byte[] bytes : wrong) {
        t.fails(CorruptException.class, "putting " + bytes.length + " bytes of " + b,
            () -> t.driver().put(w.target, b.descriptor(), new ByteArrayInputStream(bytes), Access.anonymous()));
      }
      IOException broken = new IOException("the store is broken");
      InputStream ends = new Watched(b.bytes(), Optional.of(broken));
      IOException e = t.fails(IOException.class, "putting a body that fails at its end",
          () -> t.driver().put(w.target, b.descriptor(), ends, Access.anonymous()));
      t.check(e == broken, "a body failed with " + broken + ", the call with " + e);
      t.equal(Optional.empty(), w.has(b.digest().toString()), "what the registry has then");
    }
    t.equal(Optional.empty(), w.has("new"), "what the tag means then");
  }

  @Rule("P-3")
  void anotherDigestInTheAnswerIsCorrupt(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    w.registry.fault(On.every().method("PUT"), Fault.wrongDigestHeader());
    for (Blob b : List.of(w.layer, w.image.manifest())) {
      t.fails(CorruptException.class, "a registry that took something else for " + b, () -> w.put(b, Access.anonymous()));
    }
  }

  @Rule("P-4")
  void putIsRepeatable(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    for (String method : List.of("POST", "PUT")) {
      for (Fault f : List.of(Fault.noAnswer(), Fault.status(503), Fault.noAnswer().and(Fault.reset()))) {
        for (Blob b : w.image.blobs()) {
          w.registry.heal().fault(On.every().method(method).once(), f);
          if (!b.isManifest() || method.equals("PUT")) {
            t.fails(UnavailableException.class, "putting " + b + " where a " + method + " breaks", () -> w.put(b, Access.anonymous()));
          }
          if (b.isManifest()) t.reopen();
          w.put(b, Access.anonymous());
        }
      }
    }
    w.hasAll();
  }

  @Rule("P-5")
  void bodyIsReadByTheCaller(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    for (Blob b : List.of(w.layer, w.image.manifest())) {
      Watched body = new Watched(b.bytes(), Optional.empty());
      t.driver().put(w.target, b.descriptor(), body, Access.anonymous());
      t.equal(Set.of(Thread.currentThread()), Set.copyOf(body.readers), "threads that read the body");
      t.equal(false, body.closed, "the body was closed");
    }
  }

  @Rule("P-6")
  void anotherHostGetsNoCredential(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    FaultyRegistry store = t.keep(FaultyRegistry.start());
    Access access = Distribution.access(Map.of(w.registry.host(), ANN, store.host(), new Credential("bob", "secret-of-bob")));
    w.registry.fault(On.blobs().method("POST").and(q -> q.header("Authorization").isPresent()),
        (q, r) -> Fault.header("Location", store.uri() + "/v2/" + REPOSITORY + "/blobs/uploads/1?state=a%3Db").spoil(q, r));
    for (boolean bearer : new boolean[] {false, true}) {
      if (bearer) w.registry.require(BearerAuth.users(PASSWORDS));
      else w.registry.require(new BasicAuth(PASSWORDS));
      t.reopen();
      w.put(w.layer, access);
      w.put(w.image.manifest(), access);
    }
    t.equal(w.layer.bytes(), store.bytes(REPOSITORY, w.layer.digest().toString()).orElse(new byte[0]), "what the other host got");
    t.equal(List.of(), Distribution.authorized(store), "requests to the other host with authorization");
  }

  @Rule("P-6")
  void tokensAreForPushing(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    w.registry.require(BearerAuth.users(PASSWORDS)).add("team/other", "latest", w.image);
    Access access = Distribution.only(w.registry.host(), ANN);
    t.equal(false, t.driver().exists(w.target, w.layer.descriptor(), access), "whether it is there");
    t.equal(true, t.driver().mount(w.target, w.layer.descriptor(), "team/other", access), "mounted");
    for (Blob b : w.image.blobs()) w.put(b, access);
    w.hasAll();
  }

  @Rule("P-7")
  void errorsAreTold(Trial<Pusher> t) throws Exception {
    World w = new World(t);
    for (int status : new int[] {429, 500, 503, 522}) {
      w.registry.heal().fault(On.every(), Fault.status(status).and(Fault.header("Retry-After", "7")));
      for (Blob b : List.of(w.layer, w.image.manifest())) {
        UnavailableException e = t.fails(UnavailableException.class, "status " + status, () -> w.put(b, Access.anonymous()));
        t.equal(Duration.ofSeconds(7), e.retryAfter(), "the wait that was asked for with status " + status);
        says(t, e, w, Integer.toString(status));
      }
      t.fails(UnavailableException.class, "status " + status, () -> t.driver().exists(w.target, w.layer.descriptor(), Access.anonymous()));
    }
    w.registry.heal().fault(On.every(), Fault.status(403));
    for (Blob b : List.of(w.layer, w.image.manifest())) {
      says(t, t.fails(DeniedException.class, "status 403", () -> w.put(b, Access.anonymous())), w, "403");
    }
    w.registry.heal().fault(On.every(), Fault.answer(404, "application/json", "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}"));
    says(t, t.fails(NotFoundException.class, "no such repository", () -> w.put(w.layer, Access.anonymous())), w, "404");
    w.registry.close();
    says(t, t.fails(UnavailableException.class, "nobody at the port", () -> w.put(w.layer, Access.anonymous())), w, "");
  }

  private static void says(Trial<Pusher> t, IOException e, World w, String came) {
    for (String part : List.of(w.registry.host(), REPOSITORY, came)) {
      t.check(e.getMessage().contains(part), "the message has no '" + part + "': " + e.getMessage());
    }
  }

  /** A body that is looked at while it is read; in the place of its end it may fail, as a store does where bytes are not what they were. */
  private static final class Watched extends InputStream {
    final Set<Thread> readers = ConcurrentHashMap.newKeySet();
    volatile boolean closed;
    private final ByteArrayInputStream bytes;
    private final Optional<IOException> end;

    Watched(byte[] bytes, Optional<IOException> end) {
      this.bytes = new ByteArrayInputStream(bytes);
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      readers.add(Thread.currentThread());
      int n = bytes.read(into, offset, length);
      if (n < 0 && end.isPresent()) throw end.get();
      return n;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
