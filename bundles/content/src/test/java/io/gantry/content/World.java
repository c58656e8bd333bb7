package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.kit.world.MemoryTable;
import io.gantry.kit.world.Told;
import io.gantry.service.content.Reader;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** Core content over the real store, and what it says to others. */
final class World implements Closeable, Leases {
  static final Scope SCOPE = Scope.root();
  final DirectDrivers drivers;
  final List<String> told;
  final ContentService contents;
  volatile Runnable onHold = () -> { };
  final MemoryTable table = new MemoryTable();

  World(Path root) throws IOException {
    this(root, "local");
  }

  World(Path root, String store) throws IOException {
    drivers = new DirectDrivers(root);
    var events = new Told((scope, topic, fields) -> scope.namespace() + topic + " " + fields.get("digest"));
    told = events.lines();
    contents = new ContentService(drivers, table, this, events, store(store));
  }

  static ContentService.Config store(String name) {
    return config(name, "shared");
  }

  static ContentService.Config config(String name, String policy) {
    return new ContentService.Config() {
      @Override
      public String store() {
        return name;
      }

      @Override
      public String policy() {
        return policy;
      }

      @Override
      public Class<? extends java.lang.annotation.Annotation> annotationType() {
        return ContentService.Config.class;
      }
    };
  }

  static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Digest digest(byte[] bytes) {
    try {
      return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static WriterSpec spec(String ref, byte[] bytes) {
    return new WriterSpec(ref, Optional.of(digest(bytes)), OptionalLong.of(bytes.length), Map.of());
  }

  byte[] read(Digest digest) throws IOException {
    try (Reader reader = contents.reader(SCOPE, digest); var in = reader.stream(0)) {
      return in.readAllBytes();
    }
  }

  @Override
  public Lease create(Scope scope, String id, Map<String, String> labels) {
    throw new IllegalStateException("content makes no leases");
  }

  @Override
  public List<Lease> list(Scope scope) {
    return List.of();
  }

  @Override
  public void remove(Scope scope, String id) {
    throw new IllegalStateException("content removes no leases");
  }

  @Override
  public boolean collect(Scope scope, Lease lease) {
    throw new IllegalStateException("content collects no leases");
  }

  @Override
  public void sweep(Scope scope) {
    throw new IllegalStateException("content removes no leases");
  }

  @Override
  public void hold(Scope scope, String kind, String id) {
    if (kind.equals("content")) onHold.run();
    scope.lease().ifPresent(l -> told.add("lease " + l + " holds " + kind + "/" + id));
  }

  @Override
  public void replace(Scope scope, Lease.Resource held, Lease.Resource by) {
    hold(scope, by.kind(), by.id());
    scope.lease().ifPresent(l -> release(scope, l, held));
  }

  @Override
  public Lease get(Scope scope, String id) throws NotFoundException {
    if (id.equals("none")) throw new NotFoundException("lease 'none' is not there");
    return new Lease(id, Map.of(), Instant.EPOCH, 1);
  }

  @Override
  public void add(Scope scope, String lease, Lease.Resource resource) {
    throw new IllegalStateException("content holds by its scope alone");
  }

  @Override
  public void release(Scope scope, String lease, Lease.Resource resource) {
    told.add("lease " + lease + " holds no " + resource);
  }

  @Override
  public List<Lease.Resource> resources(Scope scope, String lease) {
    return List.of();
  }

  @Override
  public List<String> held(Scope scope, String lease) {
    return List.of();
  }

  @Override
  public void close() throws IOException {
    drivers.close();
  }
}
