package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who is refused, by what the transport tells of each. */
class InflowBudgetTest {
  private static final int MIB = 1 << 20;
  private long now;
  private final InflowBudget budget = new InflowBudget(8 * MIB, () -> now);

  /** A call as the transport shows it, and how it was ended. */
  private final class Call extends ServerCall<WriteContentRequest, WriteContentResponse> {
    private final InflowBudget.Account account = budget.newServerStreamTracer("write", new Metadata());
    private final List<WriteContentRequest> came = new ArrayList<>();
    private final ServerCall.Listener<WriteContentRequest> listener;
    private ServerCall<WriteContentRequest, WriteContentResponse> own;
    private Status.Code ended;

    Call() throws Exception {
      listener = account.filterContext(Context.ROOT).call(() -> budget.interceptCall(this, new Metadata(), (c, headers) -> {
        own = c;
        return new Listener<>() {
          @Override
          public void onMessage(WriteContentRequest message) {
            came.add(message);
          }
        };
      }));
    }

    Call sends(long bytes) {
      account.inboundWireSize(bytes);
      return this;
    }

    Call completes() {
      account.inboundMessageRead(0, -1, -1);
      listener.onMessage(WriteContentRequest.getDefaultInstance());
      return this;
    }

    @Override
    public void request(int messages) {
      // what the transport does then is told by hand
    }

    @Override
    public void sendHeaders(Metadata headers) {
      throw new IllegalStateException("nothing is answered here");
    }

    @Override
    public void sendMessage(WriteContentResponse message) {
      if (ended != null) throw new IllegalStateException("call is closed");
    }

    @Override
    public void close(Status status, Metadata trailers) {
      ended = status.getCode();
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<WriteContentRequest, WriteContentResponse> getMethodDescriptor() {
      return ContentGrpc.getWriteMethod();
    }
  }

  private static List<Boolean> refused(Call... calls) {
    List<Boolean> refused = new ArrayList<>();
    for (Call c : calls) refused.add(c.ended == Status.Code.RESOURCE_EXHAUSTED);
    return refused;
  }

  @Test
  void theOldestComesToItsEnd() throws Exception {
    Call first = new Call().sends(MIB);
    Call second = new Call().sends(3 * MIB);
    Call third = new Call().sends(3 * MIB);
    first.sends(6 * MIB);
    assertEquals(List.of(false, true, true), refused(first, second, third));
    assertEquals(7 * MIB, budget.used());
    second.completes(); // the rest was on its way
    assertEquals(List.of(), second.came);
    second.own.sendMessage(WriteContentResponse.getDefaultInstance()); // by a method that does not know yet
    first.completes();
    assertEquals(1, first.came.size());
  }

  @Test
  void whoIsSilentGoesFirst() throws Exception {
    Call silent = new Call().sends(5 * MIB);
    now += TimeUnit.SECONDS.toNanos(11);
    Call speaks = new Call().sends(5 * MIB);
    assertEquals(List.of(true, false), refused(silent, speaks));
    assertEquals(5 * MIB, budget.used());
  }

  /** Somebody is at work with it, and may have done something. */
  @Test
  void whatIsCompleteIsNotRefused() throws Exception {
    Call atWork = new Call().sends(6 * MIB).completes();
    now += TimeUnit.SECONDS.toNanos(11);
    Call next = new Call().sends(5 * MIB);
    assertEquals(List.of(false, true), refused(atWork, next));
    atWork.own.request(1);
    assertEquals(0, budget.used());
  }

  @Test
  void smallOnesAreRefusedLateAndTheLeastNever() throws Exception {
    Call full = new Call().sends(8 * MIB).completes();
    assertEquals(List.of(true), refused(new Call().sends(InflowBudget.SMALL + 1)));
    for (int i = 0; i < 2 * MIB / InflowBudget.SMALL; i++) assertEquals(List.of(false), refused(new Call().sends(InflowBudget.SMALL)));
    assertEquals(List.of(true), refused(new Call().sends(InflowBudget.SMALL)));
    assertEquals(List.of(false, false), refused(new Call().sends(InflowBudget.LEAST), full));
    full.account.streamClosed(Status.OK);
    assertEquals(2 * MIB + InflowBudget.LEAST, budget.used());
  }
}
