package io.gantry.grpc;

import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.images.ImagesGrpc;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a call runs. The transport's threads serve all connections and never wait, so what may wait runs on a virtual thread: the answer of
 * a unary call that is not known at once, and everything of a client that sends a stream, in order. What sends a stream to a client begins
 * on the transport's thread and goes on by {@link Outflow}: its method MUST NOT do anything before that may wait. Handing over between
 * threads costs more than most answers do.
 */
final class Dispatch implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(Dispatch.class);

  /** Unary methods that begin on the transport's thread, since their answer is often known there ({@link Calls#unary}). */
  static final Set<String> AT_ONCE = Set.of(ImagesGrpc.getGetMethod().getFullMethodName(), ContainersGrpc.getGetMethod()
      .getFullMethodName(), ContentGrpc.getInfoMethod().getFullMethodName());

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    return switch (call.getMethodDescriptor().getType()) {
      case UNARY -> new Unary<>(call, listener);
      case SERVER_STREAMING -> listener;
      default -> new Streamed<>(call, listener);
    };
  }

  /** What may wait of a call. */
  static void start(ServerCall<?, ?> call, Runnable step) {
    Thread.ofVirtual().name("api-call").start(() -> run(call, step));
  }

  /** @return whether the step came to its end; else the call is closed */
  private static boolean run(ServerCall<?, ?> call, Runnable step) {
    try {
      step.run();
      return true;
    } catch (Throwable e) { // an error of a bundle that is just replaced, too: a call that is not closed is waited for without end
      log.error("a call of {} failed", call.getMethodDescriptor().getFullMethodName(), e);
      try {
        call.close(Status.INTERNAL.withDescription(Statuses.UNTOLD), new Metadata());
      } catch (IllegalStateException closed) {
        log.debug("it was closed already", closed);
      }
      return false;
    }
  }

  /** The request is complete with its half close, and only then anything is done. */
  private static final class Unary<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<?, ?> call;

    Unary(ServerCall<?, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onHalfClose() {
      if (AT_ONCE.contains(call.getMethodDescriptor().getFullMethodName())) run(call, super::onHalfClose);
      else start(call, super::onHalfClose);
    }
  }

  /**
   * One step after the other; a thread is there as long as there are any. Of a call that failed only its end is told: what its client sent
   * besides was meant for one that goes on.
   */
  private static final class Streamed<Q> extends ServerCall.Listener<Q> {
    private final ServerCall<?, ?> call;
    private final ServerCall.Listener<Q> listener;
    private final Queue<Runnable> steps = new ArrayDeque<>();
    private boolean running;
    private volatile boolean failed;

    Streamed(ServerCall<?, ?> call, ServerCall.Listener<Q> listener) {
      this.call = call;
      this.listener = listener;
    }

    private void then(Runnable step) {
      synchronized (steps) {
        steps.add(step);
        if (running) return;
        running = true;
      }
      Thread.ofVirtual().name("api-call").start(this::work);
    }

    private void work() {
      while (true) {
        Runnable step;
        synchronized (steps) {
          step = steps.poll();
          running = step != null;
        }
        if (step == null) return;
        if (!run(call, step)) failed = true;
      }
    }

    private void unlessFailed(Runnable step) {
      then(() -> {
        if (!failed) step.run();
      });
    }

    @Override
    public void onMessage(Q message) {
      unlessFailed(() -> listener.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      unlessFailed(listener::onHalfClose);
    }

    @Override
    public void onCancel() {
      then(listener::onCancel);
    }

    @Override
    public void onComplete() {
      then(listener::onComplete);
    }

    @Override
    public void onReady() {
      then(listener::onReady);
    }
  }
}
