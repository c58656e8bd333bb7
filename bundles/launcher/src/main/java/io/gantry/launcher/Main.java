package io.gantry.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts one manager: {@code Main HOME ROOT STATE}. HOME is the unpacked archive, ROOT lasts, STATE need not outlive a reboot.
 *
 * <p>Exit codes: 0 after a stop that was asked for, 1 where it could not start; the one line on the standard error says why.
 */
public final class Main {
  private static final long STOP_MILLIS = 20_000;

  private Main() {}

  public static void main(String[] args) {
    if (args.length != 3) fail("usage: launcher HOME ROOT STATE");
    try {
      run(Path.of(args[0]).toAbsolutePath(), Path.of(args[1]).toAbsolutePath(), Path.of(args[2]).toAbsolutePath());
    } catch (IOException e) {
      fail(e.getMessage());
    } catch (BundleException e) {
      fail("the framework did not start: " + e.getMessage());
    }
    System.exit(0);
  }

  private static void run(Path home, Path root, Path state) throws IOException, BundleException {
    Root place = Root.take(root, state);
    Logging.configure(root);
    Logger log = LoggerFactory.getLogger(Main.class);
    var closed = new CountDownLatch(1);
    try (place) {
      Seed.config(home.resolve("config"), root.resolve("config"));
      Framework framework = Platform.start(home, place);
      Thread stop = new Thread(() -> halt(framework, closed, log), "stop");
      Runtime.getRuntime().addShutdownHook(stop);
      Quiet.start();
      log.info("manager {} on {} is up", ProcessHandle.current().pid(), root);
      framework.waitForStop(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed.countDown();
    }
  }

  /** The JVM ends with the last hook, so this one waits until the root is given free. */
  private static void halt(Framework framework, CountDownLatch closed, Logger log) {
    try {
      framework.stop();
      framework.waitForStop(STOP_MILLIS);
      closed.await(STOP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (BundleException e) {
      log.error("stopping the framework failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void fail(String why) {
    System.err.println("gantry: " + why);
    System.exit(1);
  }
}
