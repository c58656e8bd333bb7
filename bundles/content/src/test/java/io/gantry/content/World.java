package io.gantry.content;

import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.kit.world.MemoryTable;
import io.gantry.kit.world.Told;
import io.gantry.service.content.Reader;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Holding;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Table;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** Core content over the real store, and what it says to others. */
final class World implements Closeable, Holding {
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
    table.watch(SCOPE, c -> {
      if (c.table().equals(Leases.HELD)) told.add("lease " + c.place().id());
    });
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

  /** As that of records, of leases that are all there but one. */
  @Override
  public Table.Part part(Scope scope, List<Resource> held, List<Resource> released) throws NotFoundException {
    if (scope.lease().isEmpty()) return new Table.Part(List.of(), List.of());
    String lease = scope.lease().get();
    if (lease.equals("none")) throw new NotFoundException("lease 'none' is not there");
    if (held.stream().anyMatch(r -> r.kind().equals("content"))) onHold.run();
    var changes = new ArrayList<Table.Change>();
    for (Resource r : held) changes.add(new Table.Change(Leases.HELD, lease + " holds " + r, -1, Optional.of(new byte[0])));
    for (Resource r : released) changes.add(new Table.Change(Leases.HELD, lease + " holds no " + r, -1, Optional.empty()));
    return new Table.Part(List.of(), changes);
  }

  @Override
  public void close() throws IOException {
    drivers.close();
  }
}
