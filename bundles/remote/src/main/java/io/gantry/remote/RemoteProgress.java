package io.gantry.remote;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gantry.api.Scope;
import io.gantry.service.transfer.Progress;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.streaming.StreamingGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a transfer of the other manager gets on, in our words. What is not told does not hinder it. */
final class RemoteProgress {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteProgress.class);
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);
  private final String root;
  private final Consumer<Progress> consumer;
  /** Of each thing that travels, how much did. */
  private final Map<String, Long> travelled = new HashMap<>();

  /** @param root what the transfer is about, by whose name its steps are told */
  RemoteProgress(String root, Consumer<Progress> consumer) {
    this.root = root;
    this.consumer = consumer;
  }

  synchronized long bytes() {
    return travelled.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Opens a stream for it, which is read until it is closed. */
  Open open(Link link, Scope scope) throws IOException {
    String id = "progress-" + UUID.randomUUID();
    Dialog<Any, Any> dialog = link.dialog(scope, StreamingGrpc.getStreamMethod());
    try {
      StreamInit init = StreamInit.newBuilder().setId(id).build();
      dialog.send(Any.newBuilder().setTypeUrl(StreamInit.getDescriptor().getFullName()).setValue(init.toByteString()).build());
      dialog.next(); // it is open
    } catch (IOException | RuntimeException e) {
      dialog.close();
      throw e;
    }
    return new Open(id, dialog, Thread.ofVirtual().name("remote-progress").start(() -> read(dialog)));
  }

  /** An open stream. */
  record Open(String stream, Dialog<Any, Any> dialog, Thread reader) implements AutoCloseable {
    /** Waits a moment for the last words. */
    @Override
    public void close() {
      try {
        reader.join(LAST_WORDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      dialog.close();
    }
  }

  private void read(Dialog<Any, Any> dialog) {
    try {
      for (Optional<Any> next = dialog.next(); next.isPresent(); next = dialog.next()) {
        if (next.get().getTypeUrl().endsWith(io.gantry.wire.transfertypes.Progress.getDescriptor().getFullName())) {
          tell(io.gantry.wire.transfertypes.Progress.parseFrom(next.get().getValue()));
        }
      }
    } catch (InvalidProtocolBufferException e) {
      LOG.warn("progress of {} cannot be read any more", root, e);
    } catch (IOException e) {
      LOG.debug("progress of {} ended: {}", root, e.toString());
    }
  }

  private void tell(io.gantry.wire.transfertypes.Progress p) {
    boolean part = p.getName().contains("sha256:") && !p.getName().equals(root);
    String status = status(p.getEvent());
    if (part) count(p, status);
    if (part) consumer.accept(new Progress(p.getName(), status, p.getProgress(), p.getTotal()));
    else if (status.equals("resolving") || status.equals("done")) consumer.accept(new Progress(root, status, 0, 0));
  }

  private synchronized void count(io.gantry.wire.transfertypes.Progress p, String status) {
    boolean travels = status.equals("downloading") || status.equals("uploading");
    if (travels) travelled.merge(p.getName(), p.getProgress(), Math::max);
    else if (status.equals("unpacking") || status.equals("done")) travelled.computeIfPresent(p.getName(),
        (n, b) -> Math.max(b, p.getTotal()));
  }

  private static String status(String event) {
    if (event.startsWith("Resolving") || event.startsWith("Pushing")) return "resolving";
    if (event.startsWith("Completed")) return "done";
    return switch (event) {
      case "already exists" -> "exists";
      case "extracting" -> "unpacking";
      case "complete", "extracted", "saved" -> "done";
      default -> event;
    };
  }
}
