package io.gantry.swap;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.driver.DriverRef;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** Activations that outlast {@code replacement.timeout}. */
class SlowTest extends InFramework {
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch open = new CountDownLatch(1);

  @Override
  Map<String, Object> settings() {
    return Map.of("replacement.timeout", "500ms", "drain.timeout", "100ms");
  }

  private InputStream slow(String kind, String version) throws Exception {
    Demo.BOARD.put("in open", begun);
    Demo.BOARD.put("open", open);
    return Demo.jar(kind, version).replace("void activate(Map<String, Object> given) throws java.io.IOException {",
            "void activate(Map<String, Object> given) throws java.io.IOException { enter(given); hold(\"open\"); }\n"
                + "void hold(String at) { ((CountDownLatch) board.get(\"in \" + at)).countDown(); await((CountDownLatch) board.get(at)); }"
                + "\n"
                + "void enter(Map<String, Object> given) throws java.io.IOException {")
        .build();
  }

  @Test
  void aFolderHasOneOwnerWhileAFirstActivationIsSlow() throws Exception {
    osgi.start("v1", slow("content", "v1"));
    assertThrows(UnavailableException.class, () -> ask(STORE, "version"));
    Bundle two = osgi.start("v2", Demo.jar("content", "v2").build());
    UnavailableException e = assertThrows(UnavailableException.class, () -> osgi.drivers.promote(Scope.root(), STORE, two.getBundleId()));
    assertTrue(e.getMessage().contains("content/local cannot be replaced"), e.getMessage());
    open.countDown();
    until(() -> answers(STORE, "v1"));
    osgi.drivers.promote(Scope.root(), STORE, two.getBundleId());
    until(() -> answers(STORE, "v2"));
  }

  @Test
  void oneHandOverThatHangsDoesNotStopAllOthersForEver() throws Exception {
    osgi.start("s1", Demo.jar("content", "s1").build());
    osgi.start("l1", Demo.jar("layer", "l1").build());
    until(() -> answers(LAYER, "l1"));
    Bundle slow = osgi.start("l2", slow("layer", "l2"));
    Future<?> hangs = callers.submit(() -> osgi.drivers.promote(Scope.root(), LAYER, slow.getBundleId()));
    begun.await();
    Bundle s2 = osgi.start("s2", Demo.jar("content", "s2").build());
    UnavailableException e = assertThrows(UnavailableException.class, () -> osgi.drivers.promote(Scope.root(), STORE, s2.getBundleId()));
    assertTrue(e.getMessage().contains("the replacement of another driver"), e.getMessage());
    open.countDown();
    hangs.get();
    until(() -> answers(LAYER, "l2"));
  }

  @Test
  void aBuildThatGoesWhileItsSuccessorIsSlowIsGivenBackOnce() throws Exception {
    Bundle one = osgi.start("l1", Demo.jar("layer", "l1").build());
    until(() -> answers(LAYER, "l1"));
    Bundle slow = osgi.start("l2", slow("layer", "l2"));
    Future<?> promotion = callers.submit(() -> osgi.drivers.promote(Scope.root(), LAYER, slow.getBundleId()));
    begun.await();
    one.stop();
    open.countDown();
    promotion.get();
    until(() -> answers(LAYER, "l2"));
    until(() -> osgi.drivers.list(Scope.root()).stream().noneMatch(s -> s.bundleId() == one.getBundleId()));
  }

  @Test
  void aFolderHasOneOwnerWhereABundleGoesDuringItsActivation() throws Exception {
    Bundle one = osgi.start("v1", slow("content", "v1"));
    Future<?> first = callers.submit(() -> answers(STORE, "v1"));
    begun.await();
    osgi.start("v2", Demo.jar("content", "v2").build());
    Future<?> stop = callers.submit(() -> {
      one.stop();
      return null;
    });
    until(() -> osgi.drivers.list(Scope.root()).stream().noneMatch(s -> s.bundleId() == one.getBundleId()));
    assertThrows(UnavailableException.class, () -> ask(STORE, "version"));
    open.countDown();
    stop.get();
    first.get();
    until(() -> answers(STORE, "v2"));
  }

  /** Whoever asks may be told to try again: a first activation takes longer than the timeout on a busy machine. */
  private boolean answers(DriverRef ref, String version) {
    try {
      return version.equals(ask(ref, "version"));
    } catch (IOException e) {
      return false;
    }
  }
}
