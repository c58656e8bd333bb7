package io.gantry.grpc;

import io.gantry.api.Scope;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** A call of a client: its metadata as a {@link Scope}, its work on the thread of the call, its end as a cancellation of that work. */
final class Calls implements ServerInterceptor {
  static final Metadata.Key<String> NAMESPACE = Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> LEASE = Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<String> NAMESPACE_HERE = Context.key("namespace");
  private static final Context.Key<String> LEASE_HERE = Context.key("lease");
  private static final Context.Key<String> PRINCIPAL_HERE = Context.key("principal");
  private static final Context.Key<ServerCall<?, ?>> CALL_HERE = Context.key("call");

  /** What answers one call. */
  @FunctionalInterface
  interface Work<T> {
    T answer() throws IOException, InterruptedException;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Context here = Context.current().withValues(NAMESPACE_HERE, headers.get(NAMESPACE), LEASE_HERE, headers.get(LEASE), PRINCIPAL_HERE,
        principal(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))).withValue(CALL_HERE, call);
    return Contexts.interceptCall(here, call, headers, next);
  }

  /** Root, who alone can open the Unix socket; of the network the name in the client's certificate. */
  private static String principal(SSLSession tls) {
    if (tls == null) return "root";
    try {
      return tls.getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      throw Status.UNAUTHENTICATED.withDescription("the client has no certificate").withCause(e).asRuntimeException();
    }
  }

  /**
   * On whose behalf the present call is made.
   *
   * @throws io.grpc.StatusRuntimeException it names no namespace, or none that can be
   */
  static Scope scope() {
    String namespace = NAMESPACE_HERE.get();
    if (namespace == null || namespace.isEmpty()) {
      throw Status.FAILED_PRECONDITION.withDescription("namespace is required: failed precondition").asRuntimeException();
    }
    return scope(namespace);
  }

  /** The namespace that the present call names, as it is. */
  static Optional<String> namespace() {
    return Optional.ofNullable(NAMESPACE_HERE.get());
  }

  /** The same for what belongs to no namespace: {@code default} where the call names none. */
  static Scope anywhere() {
    String namespace = NAMESPACE_HERE.get();
    return scope(namespace == null || namespace.isEmpty() ? Scope.DEFAULT_NAMESPACE : namespace);
  }

  private static Scope scope(String namespace) {
    Optional<String> lease = Optional.ofNullable(LEASE_HERE.get()).filter(l -> !l.isEmpty());
    try {
      return new Scope(namespace, PRINCIPAL_HERE.get(), lease, deadline());
    } catch (IllegalArgumentException e) {
      throw Status.INVALID_ARGUMENT.withDescription(e.getMessage() + ": invalid argument").asRuntimeException();
    }
  }

  private static Instant deadline() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null ? Instant.MAX : Instant.now().plusNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS));
  }

  /** Answers with one message, or with the error that its failure means. */
  static <T> void unary(StreamObserver<T> out, Work<T> work) {
    mayBeGone(out);
    answer(out, work);
  }

  /**
   * The same for a method of {@link Dispatch#AT_ONCE}, on the transport's thread: what is known there without waiting is the answer, and
   * all else, a failure too, is left to the work on a thread of its own.
   */
  static <T> void unary(StreamObserver<T> out, Work<Optional<T>> known, Work<T> work) {
    mayBeGone(out);
    Optional<T> answer;
    try {
      answer = known.answer();
    } catch (IOException | InterruptedException | RuntimeException e) {
      answer = Optional.empty();
    }
    if (answer.isEmpty()) {
      Dispatch.start(CALL_HERE.get(), Context.current().wrap(() -> answer(out, work)));
      return;
    }
    out.onNext(answer.get());
    out.onCompleted();
  }

  /** Else an answer to a client that is gone would throw. */
  private static void mayBeGone(StreamObserver<?> out) {
    ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> { });
  }

  private static <T> void answer(StreamObserver<T> out, Work<T> work) {
    T answer;
    try {
      answer = interruptible(work);
    } catch (IOException | InterruptedException | RuntimeException e) {
      out.onError(Statuses.of(e));
      return;
    }
    out.onNext(answer);
    out.onCompleted();
  }

  /** Runs work that ends early, by interruption, when the client goes away or its deadline passes. */
  static <T> T interruptible(Work<T> work) throws IOException, InterruptedException {
    Context call = Context.current();
    var worker = new Interruptible();
    Context.CancellationListener gone = c -> worker.interrupt();
    call.addListener(gone, Runnable::run);
    try {
      return work.answer();
    } finally {
      call.removeListener(gone);
      worker.done();
    }
  }

  /** The thread at work, as long as it is at work. */
  private static final class Interruptible {
    private Thread worker = Thread.currentThread();

    synchronized void interrupt() {
      if (worker != null) worker.interrupt();
    }

    synchronized void done() {
      worker = null;
      Thread.interrupted(); // one that came too late
    }
  }
}
