package io.gantry.kit.rules;

import static io.gantry.kit.rules.Distribution.ANN;

import io.gantry.api.DeniedException;
import io.gantry.api.Descriptor;
import io.gantry.api.GantryException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.UnavailableException;
import io.gantry.kit.Contract;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.image.Artifact;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.ImageIndex;
import io.gantry.kit.registry.BasicAuth;
import io.gantry.kit.registry.BearerAuth;
import io.gantry.kit.registry.Fault;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.kit.registry.On;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.login.FailedLoginException;

/**
 * The rules of {@link Resolver}, for drivers that speak the distribution protocol. The registry is on loopback and speaks plain http, so a
 * driver that cannot be asked without a certificate there cannot be tried.
 */
public final class ResolverContract implements Contract<Resolver> {
  private static final Map<String, String> PASSWORDS = Map.of(ANN.user(), ANN.secret());

  @Override
  public String name() {
    return "Resolver";
  }

  @Rule("R-1")
  void tagMeansWhatItMeansNow(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    Image docker = Distribution.image(t, ImageFormat.DOCKER);
    for (Artifact a : List.of(d.image, docker, ImageIndex.of(ImageFormat.OCI, List.of(d.image)),
        ImageIndex.of(ImageFormat.DOCKER, List.of(docker)))) {
      d.registry.add(Distribution.REPOSITORY, "moves", a);
      Reference moves = d.reference("moves");
      t.equal(new Resolved(moves, a.descriptor()), t.driver().resolve(moves, Access.anonymous()), "what a tag that moves means now");
    }
  }

  @Rule("R-1")
  void digestIsThatDigestOrFails(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    d.registry.add(Distribution.REPOSITORY, "latest", Distribution.image(t, ImageFormat.OCI));
    for (Optional<String> tag : List.of(Optional.<String>empty(), Optional.of("latest"))) {
      Reference r = d.reference(tag, d.image.descriptor().digest());
      t.equal(new Resolved(r, d.image.descriptor()), t.driver().resolve(r, Access.anonymous()), "a reference with a digest");
    }
    Reference unknown = d.reference(Optional.of("latest"), Blob.digest(t.bytes(10)));
    t.fails(NotFoundException.class, "a digest that is not there, beside a tag that is", () -> t.driver().resolve(unknown, Access
        .anonymous()));
    Reference right = d.reference(Optional.empty(), d.image.descriptor().digest());
    d.registry.fault(On.manifests(), Fault.wrongDigestHeader());
    t.fails(IOException.class, "a registry that answers another digest than asked for",
        () -> t.driver().resolve(right, Access.anonymous()));
    d.registry.heal().fault(On.manifests(), Fault.noDigestHeader().and(Fault.headNotAllowed()).and(Fault.wrongBytes()));
    t.fails(IOException.class, "a registry that sends other bytes than asked for", () -> t.driver().resolve(right, Access.anonymous()));
  }

  @Rule("R-1")
  void registriesThatSayLittleAreAskedFurther(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    for (Fault f : List.of(Fault.headNotAllowed(), Fault.noDigestHeader(), Fault.noDigestHeader().and(Fault.headNotAllowed()))) {
      d.registry.heal().fault(On.manifests(), f);
      t.equal(d.resolved(), t.driver().resolve(d.reference("latest"), Access.anonymous()), "what a tag means");
    }
  }

  @Rule("R-2")
  void bytesComeFromTheOffsetOrTheStart(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    int size = d.bytes.length;
    var ways = Map.of("as asked", Fault.throttle(0), "without ranges", Fault.noRange(), "with another range", Fault.wrongContentRange());
    for (var way : ways.entrySet()) {
      d.registry.heal().fault(On.blobs(), way.getValue());
      for (long offset : new long[] {0, 1, size / 2, size - 1}) {
        t.equal(d.from(offset), d.read(offset), "bytes from " + offset + " of " + size + " where the registry answers " + way.getKey());
      }
    }
  }

  @Rule("R-2")
  void documentsComeWholeToo(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    for (Blob b : List.of(d.image.manifest(), d.image.config())) {
      try (Body body = t.driver().open(d.resolved(), b.descriptor(), 0, Access.anonymous())) {
        t.equal(b.bytes(), body.stream().readAllBytes(), "bytes of a document");
      }
    }
  }

  @Rule("R-2")
  void shortBodyIsNotHidden(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    for (Fault f : List.of(Fault.cutAfter(1000), Fault.cutAfter(1000).and(Fault.reset()), Fault.cutAfter(0))) {
      d.registry.heal().fault(On.blobs(), f);
      t.fails(IOException.class, "reading a body that was cut off", () -> d.read(0));
      t.fails(IOException.class, "reading a body that was cut off, from an offset", () -> d.read(500));
    }
    d.registry.heal().fault(On.blobs(), Fault.shortBody(1000));
    byte[] came;
    try {
      came = d.read(0);
    } catch (IOException e) {
      return; // as good: it says so itself
    }
    t.equal(Arrays.copyOf(d.bytes, 1000), came, "a body that is short by its own words");
  }

  @Rule("R-3")
  void hostsGetTheirOwnCredentialAlone(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    Distribution other = new Distribution(t);
    Credential bob = new Credential("bob", "secret-of-bob");
    Access access = Distribution.access(Map.of(d.registry.host(), ANN, other.registry.host(), bob));
    d.registry.require(new BasicAuth(PASSWORDS));
    other.registry.require(new BasicAuth(Map.of(bob.user(), bob.secret())));
    for (Distribution each : List.of(d, other, d, other)) {
      t.equal(each.image.descriptor(), t.driver().resolve(each.reference("latest"), access).target(), "an image behind a password");
    }
    t.equal(List.of(List.of(), List.of()), List.of(Distribution.with(d.registry, bob), Distribution.with(other.registry, ANN)),
        "requests with another host's credential");
  }

  @Rule("R-3")
  void redirectsGetNoCredential(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    FaultyRegistry store = t.keep(FaultyRegistry.start()).add(Distribution.REPOSITORY, "latest", d.image);
    Access access = Distribution.only(d.registry.host(), ANN);
    d.registry.fault(On.blobs().and(q -> q.header("Authorization").isPresent()), Fault.redirect(store.uri()));
    for (boolean bearer : new boolean[] {false, true}) {
      if (bearer) d.registry.require(BearerAuth.users(PASSWORDS));
      else d.registry.require(new BasicAuth(PASSWORDS));
      try (Body body = d.open(0, access)) {
        t.equal(d.bytes, body.stream().readAllBytes(), "bytes that a registry has elsewhere");
      }
      t.equal(List.of(), Distribution.authorized(store), "requests to the other host with authorization");
    }
    t.equal(List.of(), Distribution.with(d.registry, ANN).stream()
        .filter(l -> l.request().path().startsWith("/v2/") && !l.request().header("Authorization").orElse("").startsWith("Basic")).toList(),
        "requests with a password where a token is due");
    store.require(new BasicAuth(Map.of("eve", "x")));
    t.fails(IOException.class, "another host that wants a password of its own", () -> {
      try (Body body = d.open(0, access)) {
        body.stream().readAllBytes();
      }
    });
    t.equal(List.of(), Distribution.with(store, ANN), "requests to the other host with a credential that it asked for");
  }

  @Rule("R-3")
  void urlsOfDescriptorsGetNoCredential(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    FaultyRegistry elsewhere = t.keep(FaultyRegistry.start()).add(Distribution.REPOSITORY, "latest", d.image);
    d.registry.require(new BasicAuth(PASSWORDS)).fault(On.blobs().and(q -> q.header("Authorization").isPresent()), Fault.status(404));
    String url = elsewhere.uri() + "/v2/" + Distribution.REPOSITORY + "/blobs/" + d.layer.digest();
    Descriptor foreign = new Descriptor(d.layer.mediaType(), d.layer.digest(), d.layer.size(), Map.of(), Optional.empty(), List.of(url));
    try (Body body = t.driver().open(d.resolved(), foreign, 0, Distribution.only(d.registry.host(), ANN))) {
      t.equal(d.bytes, body.stream().readAllBytes(), "bytes from the other place");
    } catch (NotFoundException e) {
      t.equal(List.of(), elsewhere.requests(), "requests to a place that was not asked");
    }
    t.equal(List.of(), Distribution.authorized(elsewhere), "requests to the other place with authorization");
  }

  @Rule("R-3")
  void plainHttpGetsNoCredential(Trial<Resolver> t) throws Exception {
    Optional<InetAddress> address = NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
        .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress()).findFirst();
    t.need(address.isPresent(), "this machine has no address but loopback ones");
    Distribution d = new Distribution(t);
    FaultyRegistry outside = t.keep(FaultyRegistry.start(address.get())).add(Distribution.REPOSITORY, "latest", d.image);
    outside.require(new BasicAuth(PASSWORDS));
    Reference r = new Reference(outside.host(), Distribution.REPOSITORY, Optional.of("latest"), Optional.empty());
    t.fails(IOException.class, "a password over plain http", () -> t.driver().resolve(r, Distribution.only(outside.host(), ANN)));
    t.equal(List.of(), Distribution.with(outside, ANN), "requests over plain http with a credential");
  }

  @Rule("R-4")
  void unknownIsNotFound(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    Reference tag = d.reference("unknown");
    Reference repository = new Reference(d.registry.host(), "team/unknown", Optional.of("latest"), Optional.empty());
    for (Reference r : List.of(tag, repository)) {
      says(t, t.fails(NotFoundException.class, r.toString(), () -> t.driver().resolve(r, Access.anonymous())), r, "404");
    }
    d.registry.fault(On.blobs(), Fault.status(404));
    says(t, t.fails(NotFoundException.class, "a blob that is not there", () -> d.read(0)), d.reference("latest"), "404");
  }

  @Rule("R-4")
  void refusedIsDenied(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    Reference r = d.reference("latest");
    Access wrong = Distribution.only(d.registry.host(), new Credential(ANN.user(), "wrong-secret"));
    d.registry.require(new BasicAuth(PASSWORDS));
    for (Access access : List.of(Access.anonymous(), wrong)) {
      DeniedException e = t.fails(DeniedException.class, "access without the right password", () -> t.driver().resolve(r, access));
      says(t, e, r, "401");
      t.check(!e.getMessage().contains("wrong-secret"), "the message has the secret");
      t.equal(access == wrong, e.getCause() instanceof FailedLoginException, "the cause is a FailedLoginException");
    }
    d.registry.heal().require(new BasicAuth(PASSWORDS)).fault(On.manifests().and(q -> q.header("Authorization").isPresent()),
        Fault.status(403));
    Access right = Distribution.only(d.registry.host(), ANN);
    DeniedException missing = t.fails(DeniedException.class, "an image that a user may not see", () -> t.driver().resolve(r, right));
    t.check(!(missing.getCause() instanceof FailedLoginException), "a missing right is told as a failed login");
    d.registry.heal();
    d.registry.require(new BasicAuth(PASSWORDS)).fault(On.every(), Fault.status(403));
    says(t, t.fails(DeniedException.class, "a manifest that is forbidden", () -> t.driver().resolve(r, Access.anonymous())), r, "403");
    says(t, t.fails(DeniedException.class, "a blob that is forbidden", () -> d.read(0)), r, "403");
  }

  @Rule("R-4")
  void troubleIsUnavailable(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    Reference r = d.reference("latest");
    for (int status : new int[] {429, 500, 502, 503, 504, 507, 522}) {
      d.registry.heal().fault(On.every(), Fault.status(status).and(Fault.header("Retry-After", "7")));
      for (GantryException e : both(t, d, "status " + status)) {
        says(t, e, r, Integer.toString(status));
        t.equal(Duration.ofSeconds(7), ((UnavailableException) e).retryAfter(), "the wait that was asked for with status " + status);
      }
    }
    d.registry.heal().fault(On.every(), Fault.status(503));
    for (GantryException e : both(t, d, "status 503")) {
      t.equal(Duration.ZERO, ((UnavailableException) e).retryAfter(), "the wait where none was asked for");
    }
    d.registry.heal().fault(On.every(), Fault.noAnswer());
    for (GantryException e : both(t, d, "no answer")) says(t, e, r, "");
    d.registry.close();
    for (GantryException e : both(t, d, "nobody at the port")) says(t, e, r, "");
  }

  @Rule("R-4")
  void bodyThatBreaksIsUnavailable(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    for (Fault f : List.of(Fault.cutAfter(100_000), Fault.cutAfter(100_000).and(Fault.reset()))) {
      d.registry.heal().fault(On.blobs(), f);
      UnavailableException e = t.fails(UnavailableException.class, "reading a body that was cut off", () -> d.read(0));
      t.check(e.getMessage().contains(d.registry.host()), "the message does not name the host: " + e.getMessage());
    }
  }

  private static List<UnavailableException> both(Trial<Resolver> t, Distribution d, String what) {
    return List.of(
        t.fails(UnavailableException.class, "resolving, " + what,
            () -> t.driver().resolve(d.reference("latest"), Access.anonymous())),
        t.fails(UnavailableException.class, "opening, " + what, () -> d.read(0)));
  }

  private static void says(Trial<Resolver> t, GantryException e, Reference r, String came) {
    for (String part : List.of(r.host(), r.repository(), r.object(), came)) {
      t.check(e.getMessage().contains(part), "the message has no '" + part + "': " + e.getMessage());
    }
  }

  @Rule("R-5")
  void nothingIsLeftAfterItWasClosed(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    Threads threads = new Threads();
    threads.run(() -> {
      t.driver().resolve(d.reference("latest"), Access.anonymous());
      d.read(0);
      Body left = d.open(10, Access.anonymous());
      left.stream().read();
      left.close();
      t.fails(NotFoundException.class, "an unknown tag", () -> t.driver().resolve(d.reference("unknown"), Access.anonymous()));
      t.shut();
    });
    Threads.await(() -> d.registry.connections() == 0, () -> d.registry.connections() + " connections were kept");
    Threads.await(() -> threads.alive().isEmpty(), () -> "threads were kept: " + threads.alive());
  }

  @Rule("R-5")
  void bodyGoesOnOrFails(Trial<Resolver> t) throws Exception {
    Distribution d = new Distribution(t);
    d.registry.fault(On.blobs(), Fault.throttle(d.bytes.length));
    Threads threads = new Threads();
    threads.run(() -> {
      try (Body body = d.open(0, Access.anonymous())) {
        byte[] first = body.stream().readNBytes(1000);
        t.equal(Arrays.copyOf(d.bytes, 1000), first, "the first bytes");
        t.shut();
        t.equal(d.from(1000), body.stream().readAllBytes(), "the bytes after the driver was closed");
      } catch (IOException e) {
        t.check(!(e instanceof NotFoundException), "a body whose driver was closed fails as if it were not there: " + e);
      }
    });
    Threads.await(() -> d.registry.connections() == 0, () -> d.registry.connections() + " connections were kept after the last body");
    Threads.await(() -> threads.alive().isEmpty(), () -> "threads were kept after the last body: " + threads.alive());
  }
}
