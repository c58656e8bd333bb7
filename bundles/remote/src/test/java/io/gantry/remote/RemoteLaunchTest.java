package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.kit.image.Blob;
import io.gantry.kit.image.Image;
import io.gantry.kit.image.ImageBuilder;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.LayerBuilder;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Container;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.RunRequest;
import io.gantry.service.transfer.PullRequest;
import io.gantry.spi.runtime.Stdio;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way of a run where a step of it fails. */
class RemoteLaunchTest {
  private static final Scope SCOPE = Scope.root().withNamespace("launch");
  private static final String IMAGE = "example.com/plain:1";
  private static final RunRequest REQUEST_2 = RunRequest.of("e", IMAGE, List.of("x"));
  private static final RunRequest REQUEST = RunRequest.of("c", IMAGE, List.of("x"));
  @TempDir Path root;

  private void bring(RemoteManager manager) throws Exception {
    Image image = new ImageBuilder().layer(new LayerBuilder().file("x", new byte[10], 0755).gzip()).cmd("x").build(ImageFormat.OCI);
    for (Blob b : image.blobs()) {
      var spec = new WriterSpec(b.digest().toString(), Optional.of(b.digest()), OptionalLong.of(b.bytes().length), Map.of());
      try (var w = manager.contents().writer(SCOPE, spec)) {
        manager.contents().write(w, offset -> new ByteArrayInputStream(b.bytes(), (int) offset, b.bytes().length));
        w.commit(b.digest(), b.bytes().length);
      }
    }
    manager.images().create(SCOPE, IMAGE, image.descriptor(), Map.of());
  }

  /** What the real one does, but for one call. */
  private static <S> S but(Class<S> type, S real, String call, Faulty faulty) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
      try {
        return method.getName().equals(call) ? faulty.go(() -> method.invoke(real, args)) : method.invoke(real, args);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }));
  }

  /** A call that goes wrong. */
  @FunctionalInterface
  private interface Faulty {
    Object go(Callable<Object> real) throws Exception;
  }

  /** The manager has done it when the caller is interrupted, which never hears of it. */
  private static final Faulty INTERRUPTED = real -> {
    real.call();
    Thread.currentThread().interrupt();
    throw new InterruptedIOException("a call was interrupted");
  };

  /** As when the manager is away just then. */
  private static Leases cannotRemove(Leases leases) {
    return but(Leases.class, leases, "remove", real -> {
      throw new UnavailableException("no manager answers");
    });
  }

  private RemoteParts parts(RemoteManager m, Leases leases) {
    return parts(m, leases, m.snapshots(), m.containers());
  }

  private RemoteParts parts(RemoteManager m, Leases leases, Snapshots snapshots, Containers containers) {
    return new RemoteParts(true, root, m.contents(), new Documents(m.contents()), m.images(), leases, snapshots, containers, m.namespaces(),
        m.unpacker(), (RemoteTaskProcesses) m.processes());
  }

  private static boolean isPrepared(RemoteManager manager) throws IOException {
    return manager.snapshots().list(SCOPE, "overlayfs", "", 100).stream().anyMatch(s -> s.key().equals("c"));
  }

  private void isTakenBack(RemoteManager manager, RemoteParts parts) throws IOException {
    assertThrows(InterruptedIOException.class, () -> RemoteLaunch.run(parts, SCOPE, REQUEST, launch -> "made"));
    assertTrue(Thread.interrupted(), "the flag stays");
    assertFalse(isPrepared(manager), "the snapshot is left");
    assertEquals(List.of(), manager.containers().list(SCOPE, "", 10));
    assertEquals(List.of(), manager.leases().list(SCOPE));
  }

  @Test
  void whatWasDoneUnheardIsTakenBack() throws Exception {
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      isTakenBack(manager, parts(manager, manager.leases(), but(Snapshots.class, manager.snapshots(), "prepare", INTERRUPTED),
          manager.containers()));
      isTakenBack(manager, parts(manager, manager.leases(), manager.snapshots(), but(Containers.class, manager.containers(), "create",
          INTERRUPTED)));
    }
  }

  @Test
  void whatIsAnothersStays() throws Exception {
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      manager.snapshots().prepare(SCOPE, "overlayfs", "c", Optional.empty(), Map.of());
      var e = assertThrows(AlreadyExistsException.class, () -> RemoteLaunch.run(parts(manager, manager.leases()), SCOPE, REQUEST,
          launch -> "made"));
      assertTrue(e.getMessage().contains("container 'c' is there already"), e.getMessage());
      assertTrue(isPrepared(manager), "the other's snapshot is gone");
    }
  }

  /** A call that nobody answers may have been done, and what is there may be its work: but not what was there before. */
  @Test
  void whatIsAnothersStaysThoughNobodyAnswers() throws Exception {
    Faulty away = real -> {
      throw new UnavailableException("no manager answers");
    };
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      var snapshots = but(Snapshots.class, manager.snapshots(), "prepare", away);
      manager.snapshots().prepare(SCOPE, "overlayfs", "c", Optional.empty(), Map.of());
      var e = assertThrows(AlreadyExistsException.class, () -> RemoteLaunch.run(parts(manager, manager.leases(), snapshots,
          manager.containers()), SCOPE, REQUEST, launch -> "made"));
      assertTrue(e.getMessage().contains("container 'c' is there already"), e.getMessage());
      assertTrue(isPrepared(manager), "the other's snapshot is gone");
      manager.snapshots().remove(SCOPE, "overlayfs", "c");
      assertThrows(UnavailableException.class, () -> RemoteLaunch.run(parts(manager, manager.leases(), snapshots, manager.containers()),
          SCOPE, REQUEST, launch -> "made"));
      assertEquals(List.of(), manager.leases().list(SCOPE));
    }
  }

  /** One that was made while the image was unpacked. */
  @Test
  void aRecordThatCameMeanwhileStays() throws Exception {
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      RemoteLaunch.run(parts(manager, manager.leases()), SCOPE, REQUEST_2, launch -> "made");
      Container e = manager.containers().get(SCOPE, "e");
      var seen = new int[1];
      Faulty late = real -> {
        if (seen[0]++ == 1) {
          manager.containers().create(SCOPE, new Container("c", e.image(), e.runtime(), Optional.empty(), e.spec(), e.snapshotter(), "e",
              Map.of(), Map.of(), Instant.EPOCH, Instant.EPOCH, 0));
        }
        return real.call();
      };
      Containers unheard = but(Containers.class, but(Containers.class, manager.containers(), "find", late), "create", real -> {
        throw new UnavailableException("no manager answers");
      });
      assertThrows(AlreadyExistsException.class, () -> RemoteLaunch.run(parts(manager, manager.leases(), manager.snapshots(), unheard),
          SCOPE, REQUEST, launch -> "made"));
      assertEquals("e", manager.containers().get(SCOPE, "c").snapshotKey(), "the other's record is gone");
      assertFalse(isPrepared(manager), "the snapshot is left");
    }
  }

  @Test
  void aLeaseThatStaysTakesNothingBack() throws Exception {
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      assertEquals("made", RemoteLaunch.run(parts(manager, cannotRemove(manager.leases())), SCOPE, REQUEST, launch -> "made"));
      assertEquals(List.of("c"), manager.containers().list(SCOPE, "", 10).stream().map(Container::id).toList());
      List<Lease> left = manager.leases().list(SCOPE);
      assertEquals(1, left.size());
      assertEquals(List.of("containerd.io/gc.expire"), List.copyOf(left.getFirst().labels().keySet()));
    }
  }

  @Test
  void theNamespaceNamesTheDrivers() throws Exception {
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      var parts = parts(manager, manager.leases());
      manager.namespaces().label(SCOPE, "launch", Map.of("containerd.io/defaults/snapshotter", "native", "containerd.io/defaults/runtime",
          "nosuch"));
      RemoteLaunch.run(parts, SCOPE, REQUEST, launch -> "made");
      Container c = manager.containers().get(SCOPE, "c");
      assertEquals("native nosuch", c.snapshotter() + " " + c.runtime());
      var runtime = assertThrows(InvalidException.class, () -> RemoteLaunch.run(parts, SCOPE, RunRequest.of("d", IMAGE, List.of("x")),
          launch -> {
            launch.start(Stdio.NONE);
            return "started";
          }));
      assertTrue(runtime.getMessage().startsWith("the label containerd.io/defaults/runtime of namespace \"launch\" says 'nosuch': "),
          runtime.getMessage());
      manager.namespaces().label(SCOPE, "launch", Map.of("containerd.io/defaults/snapshotter", "absent"));
      var e = assertThrows(NotFoundException.class, () -> RemoteLaunch.run(parts, SCOPE, REQUEST_2, launch -> "made"));
      assertTrue(e.getMessage().startsWith("the label containerd.io/defaults/snapshotter of namespace \"launch\" says 'absent': "),
          e.getMessage());
      assertEquals(List.of(), manager.leases().list(SCOPE));
      var pull = new PullRequest(Reference.parse("127.0.0.1:1/a:1"), Platform.host(), "");
      var pulled = assertThrows(NotFoundException.class, () -> manager.transfers().pull(SCOPE, pull, p -> { }));
      assertTrue(pulled.getMessage().contains("says 'absent'"), pulled.getMessage());
    }
  }

  @Test
  void whatFailsTakesAllBack() throws Exception {
    try (var engine = new Engine(root.resolve("engine")); var manager = RemoteManager.connect(engine.address())) {
      bring(manager);
      var e = assertThrows(IOException.class, () -> RemoteLaunch.run(parts(manager, manager.leases()), SCOPE, REQUEST, launch -> {
        throw new IOException("it does not start");
      }));
      assertEquals("it does not start", e.getMessage());
      assertEquals(List.of(), manager.containers().list(SCOPE, "", 10));
      assertEquals(List.of(), manager.leases().list(SCOPE));
    }
  }
}
