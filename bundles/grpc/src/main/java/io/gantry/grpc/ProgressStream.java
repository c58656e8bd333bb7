package io.gantry.grpc;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.UnavailableException;
import io.gantry.service.transfer.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Tells a client how its transfer gets on, in containerd's words. The transfer never waits for the client: to one that reads slowly, what
 * came between is not told. The lock guards the queue; nothing is sent while it is held.
 */
final class ProgressStream implements Consumer<Progress>, AutoCloseable {
  private static final int QUEUED = 256;
  private static final Duration LAST_WORDS = Duration.ofSeconds(10);

  private final NamedStream stream; // null where nobody asks
  private final Thread sender = Thread.ofVirtual().name("api-progress").unstarted(this::send);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<io.gantry.wire.transfertypes.Progress> queue = new ArrayDeque<>();
  private final Set<String> unpacking = ConcurrentHashMap.newKeySet();
  private volatile String root = "";
  private boolean ended;
  private boolean unread;

  private ProgressStream(NamedStream stream) {
    this.stream = stream;
  }

  static ProgressStream to(Optional<NamedStream> stream) {
    var progress = new ProgressStream(stream.orElse(null));
    if (stream.isPresent()) progress.sender.start();
    return progress;
  }

  /** What blobs belong to from now on. */
  void root(String name) {
    root = name;
  }

  /** A step of the whole. */
  void step(String event) {
    tell(io.gantry.wire.transfertypes.Progress.newBuilder().setEvent(event));
  }

  /** A step of an image. */
  void image(String event, String name, Descriptor target) {
    tell(io.gantry.wire.transfertypes.Progress.newBuilder().setEvent(event).setName(name).setDesc(Descriptors.wire(target)));
  }

  /** A blob; steps of the image are told by whoever transfers it. */
  @Override
  public void accept(Progress p) {
    Optional<Digest> digest = digest(p.name());
    if (p.name().equals(root) || digest.isEmpty() && p.total() == 0) return;
    var wire = io.gantry.wire.transfertypes.Progress.newBuilder().setEvent(event(p)).setName(p.name()).setProgress(p.offset())
        .setTotal(p.total());
    if (!root.isEmpty()) wire.addAllParents(List.of(root));
    digest.ifPresent(d -> wire.setDesc(io.gantry.wire.types.Descriptor.newBuilder().setDigest(d.toString()).setSize(p.total())));
    tell(wire);
  }

  private String event(Progress p) {
    return switch (p.status()) {
      case "exists", "mounted" -> "already exists";
      case "unpacking" -> {
        unpacking.add(p.name());
        yield "extracting";
      }
      case "done" -> unpacking.remove(p.name()) ? "extracted" : "complete";
      default -> p.status();
    };
  }

  /** {@code layer-sha256:…} */
  private static Optional<Digest> digest(String name) {
    try {
      return Optional.of(Digest.parse(name.substring(name.indexOf('-') + 1)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a file of an archive, or an image
    }
  }

  private void tell(io.gantry.wire.transfertypes.Progress.Builder p) {
    if (stream == null) return;
    lock.lock();
    try {
      if (unread) return;
      if (queue.size() >= QUEUED && !p.getName().isEmpty()) queue.removeIf(q -> q.getName().equals(p.getName()));
      queue.add(p.build());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void send() {
    try {
      for (var next = next(); next.isPresent(); next = next()) stream.send(Anys.wire(next.get()));
    } catch (IOException | InterruptedException e) { // the client does not want to know
      lock.lock();
      try {
        unread = true;
        queue.clear();
      } finally {
        lock.unlock();
      }
    }
  }

  private Optional<io.gantry.wire.transfertypes.Progress> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (queue.isEmpty() && !ended) changed.await();
      return Optional.ofNullable(queue.poll());
    } finally {
      lock.unlock();
    }
  }

  /** Ends the stream when all is told; a client that does not read is not waited for long. */
  @Override
  public void close() {
    if (stream == null) return;
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean told = false;
    try {
      told = sender.join(LAST_WORDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (told) {
      stream.close();
      return;
    }
    sender.interrupt();
    stream.fail(new UnavailableException("stream '" + stream.name() + "': the client did not read the progress of its transfer"));
  }
}
