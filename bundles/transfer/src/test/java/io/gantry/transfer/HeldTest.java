package io.gantry.transfer;

import static io.gantry.transfer.World.SCOPE;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.kit.registry.FaultyRegistry;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.content.Contents;
import io.gantry.service.transfer.PullRequest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls of what is there already, beside a collection. */
class HeldTest {
  @TempDir Path root;
  private FaultyRegistry registry;
  private World world;

  @BeforeEach
  void start() throws IOException {
    registry = FaultyRegistry.start().add("a/b", "latest", PullTest.IMAGE);
    world = new World(root);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
    registry.close();
  }

  /** Just when the pull has found a blob, all that no lease holds goes. */
  @Test
  void whatIsFoundIsHeldAlready() throws Exception {
    String name = registry.host() + "/a/b:latest";
    world.pull(name);
    Scope scope = SCOPE.withLease(world.leases.create(SCOPE, "mine", Map.of()).id());
    var contents = (Contents) Proxy.newProxyInstance(Contents.class.getClassLoader(), new Class<?>[] {Contents.class},
        (proxy, m, given) -> {
          try {
            Object answer = m.invoke(world.contents, given);
            if (m.getName().equals("find") && answer instanceof Optional<?> found && found.isPresent()) collect((Digest) given[1]);
            return answer;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
    var settings = new Settings("docker", "overlayfs", 3, 5, Duration.ofMillis(10), Duration.ofSeconds(3));
    var store = new Store(contents, world.images, world.leases, world.unpacker,
        DefaultDriver.snapshotter(world.namespaces, world.unpacker, settings.snapshotter()), world.left, World.BOOT);
    var mover = new Mover(new Registries(world.drivers, world.credentials, settings, world.pauses), store);
    mover.pull(scope, new PullRequest(Reference.parse(name), World.AMD64, ""), world.progress::add);
    for (var b : PullTest.IMAGE.blobs()) assertTrue(world.has(b.digest()), b.descriptor().mediaType() + " has gone");
  }

  private void collect(Digest digest) throws IOException {
    if (!world.leases.held(SCOPE, "mine").contains("content/" + digest)) world.contents.remove(SCOPE, digest);
  }
}
