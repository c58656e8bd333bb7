package io.gantry.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of changes in a folder, once it has been quiet for a moment: editors write in steps. Where inotify is missing or its limit is
 * reached, and when the folder itself was replaced, a look every few seconds finds what changed.
 */
final class Watch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Watch.class);
  private static final long QUIET_MILLIS = 100;
  private static final long LOOK_SECONDS = 3;

  private final Path folder;
  private final Runnable changed;
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, r -> Thread.ofPlatform().daemon(true).name("deploy-config").unstarted(r));
  private WatchService service; // null where there is none
  private ScheduledFuture<?> pending;
  private Map<String, String> last = Map.of();

  Watch(Path folder, Runnable changed) {
    this.folder = folder;
    this.changed = changed;
    thread.setRemoveOnCancelPolicy(true);
  }

  void start() {
    last = look();
    try {
      service = folder.getFileSystem().newWatchService();
      folder.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE,
          StandardWatchEventKinds.ENTRY_MODIFY);
      Thread.ofPlatform().daemon(true).name("deploy-watch").start(this::listen);
    } catch (IOException e) {
      log.warn("{} cannot be watched ({}): changes are found every {} s", folder, e.toString(), LOOK_SECONDS);
    }
    thread.scheduleWithFixedDelay(this::compare, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  private void listen() {
    try {
      for (WatchKey key; ; key.reset()) {
        key = service.take();
        key.pollEvents();
        soon();
      }
    } catch (InterruptedException | ClosedWatchServiceException end) {
      log.debug("no longer watching {}", folder);
    }
  }

  /** A change is on its way, or may be. */
  synchronized void soon() {
    if (thread.isShutdown()) return;
    if (pending != null) pending.cancel(false);
    pending = thread.schedule(this::tell, QUIET_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void compare() {
    try {
      if (!look().equals(last)) soon();
    } catch (RuntimeException e) { // else it would never run again
      log.error("{} was not looked at", folder, e);
    }
  }

  private void tell() {
    try {
      last = look();
      changed.run();
    } catch (RuntimeException e) {
      log.error("what changed in {} was not applied", folder, e);
    }
  }

  private Map<String, String> look() {
    Map<String, String> now = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path p : files.filter(ConfigFile::isMeant).toList()) {
        now.put(p.getFileName().toString(), Files.size(p) + " " + Files.getLastModifiedTime(p));
      }
    } catch (IOException | UncheckedIOException e) { // the latter where a folder that was opened cannot be read
      now.put("", e.toString());
    }
    return now;
  }

  @Override
  public void close() throws IOException {
    thread.shutdownNow();
    if (service != null) service.close();
  }
}
