package io.gantry.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Memory for the messages of clients, one for all calls: the bytes of those that are on their way, and of those at work until their call
 * asks for the next or ends. Where there are too many, calls whose message is not complete are refused, so that none is refused that did
 * anything: first those whose client went silent, then the one that began last; the oldest comes to its end. Small messages are
 * refused late, and the least never. Thread-safe; the lock guards who holds how much, and no call is closed under it.
 */
final class InflowBudget extends ServerStreamTracer.Factory implements ServerInterceptor {
  /** In bytes: messages that may take a quarter more than there is, and those that always pass, as most calls do. */
  static final int SMALL = 1 << 16;

  static final int LEAST = 1 << 13;
  /** Which part of the heap. The bytes themselves are beside the heap until a message is complete, and a copy of them on it then. */
  private static final int PART = 5;
  /** A client that sends nothing more of a message for so long has gone silent. */
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final Context.Key<Account> ACCOUNT = Context.key("inflow");

  private final long bytes;
  private final LongSupplier nanoTime;
  /** In the order in which their present messages began. */
  private final SequencedSet<Account> holders = new LinkedHashSet<>();
  private long used;

  /** @param nanoTime the clock, as {@link System#nanoTime} */
  InflowBudget(long bytes, LongSupplier nanoTime) {
    this.bytes = bytes;
    this.nanoTime = nanoTime;
  }

  static InflowBudget ofHeap() {
    return new InflowBudget(Runtime.getRuntime().maxMemory() / PART, System::nanoTime);
  }

  /** What is in use, in bytes. */
  synchronized long used() {
    return used;
  }

  /** Ends the present call, whose message is being read on this thread: nobody is told of that message, nor of what comes after it. */
  static void refuse(Status why) {
    ACCOUNT.get().call.refuse(why);
  }

  @Override
  public Account newServerStreamTracer(String method, Metadata headers) {
    return new Account();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Account account = ACCOUNT.get();
    var refusable = new Refusable<>(call, account);
    account.call = refusable;
    return new SimpleForwardingServerCallListener<>(next.startCall(refusable, headers)) {
      @Override
      public void onMessage(Q message) {
        if (!refusable.refused()) super.onMessage(message);
      }

      @Override
      public void onHalfClose() {
        if (!refusable.refused()) super.onHalfClose();
      }
    };
  }

  private void came(Account account, long more) {
    List<Account> refused;
    long found;
    synchronized (this) {
      if (account.refused) return;
      used += more;
      account.held += more;
      account.complete = false;
      account.last = nanoTime.getAsLong();
      holders.add(account);
      if (used <= bytes || account.held <= LEAST) return;
      found = used;
      refused = refuse(account);
    }
    for (Account a : refused) a.call.refuse(Statuses.error(Status.RESOURCE_EXHAUSTED, "resource exhausted", "messages of " + found
        + " bytes are on their way to this manager or at work in it, and there is room for " + bytes
        + "; nothing was done with this one: send it again later, or as several smaller ones").getStatus());
  }

  /** Takes calls out until there is room for what came; the caller closes them. */
  private List<Account> refuse(Account account) {
    List<Account> refused = new ArrayList<>();
    long most = account.held <= SMALL ? bytes + bytes / 4 : bytes;
    while (used > most && !account.refused) {
      Account next = silent().or(this::youngest).orElse(account);
      free(next);
      next.refused = true;
      refused.add(next);
    }
    return refused;
  }

  private Optional<Account> silent() {
    long now = nanoTime.getAsLong();
    return holders.stream().filter(a -> a.refusable() && now - a.last > SILENT_NANOS).findFirst();
  }

  private Optional<Account> youngest() {
    return holders.reversed().stream().filter(Account::refusable).findFirst();
  }

  private synchronized void free(Account account) {
    used -= account.held;
    account.held = 0;
    holders.remove(account);
  }

  private synchronized void complete(Account account) {
    account.complete = true;
  }

  /** What one call holds; the transport tells it. */
  final class Account extends ServerStreamTracer {
    private volatile Refusable<?, ?> call;
    private long held;
    private long last;
    private boolean complete;
    private boolean refused;

    private Account() {}

    private boolean refusable() {
      return !complete && held > SMALL && call != null;
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(ACCOUNT, this);
    }

    @Override
    public void inboundWireSize(long more) {
      came(this, more);
    }

    @Override
    public void inboundMessageRead(int number, long wireBytes, long bytesThen) {
      complete(this);
    }

    @Override
    public void streamClosed(Status status) {
      free(this);
    }
  }

  /** A call that another one may end. What its method says afterwards is not heard. */
  private final class Refusable<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final Account account;
    private boolean refused;

    Refusable(ServerCall<Q, A> call, Account account) {
      super(call);
      this.account = account;
    }

    synchronized boolean refused() {
      return refused;
    }

    synchronized void refuse(Status why) {
      if (refused) return;
      refused = true;
      try {
        super.close(why, new Metadata());
      } catch (IllegalStateException closed) {
        // its method ended it a moment before
      }
    }

    /** Who asks for the next message is done with those before. */
    @Override
    public void request(int messages) {
      free(account);
      super.request(messages);
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!refused) super.sendHeaders(headers);
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (!refused) super.sendMessage(message);
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!refused) super.close(status, trailers);
    }
  }
}
