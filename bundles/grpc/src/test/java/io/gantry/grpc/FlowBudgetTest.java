package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How large pieces are, by how much is in use. */
class FlowBudgetTest {
  private static final long BYTES = 12 << 20;
  private final FlowBudget budget = new FlowBudget(BYTES);

  @Test
  void manyShareWhatThereIs() {
    List<FlowBudget.Share> shares = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      shares.add(budget.share());
      sizes.add(shares.getLast().next(Long.MAX_VALUE));
      assertTrue(budget.used() <= BYTES);
    }
    assertEquals(3, sizes.stream().filter(n -> n == FlowBudget.LARGE).count(), "those of half the budget");
    assertEquals((6 << 20) / FlowBudget.SMALL, sizes.stream().filter(n -> n == FlowBudget.SMALL).count());
    assertEquals(FlowBudget.LEAST, sizes.getLast());
    shares.getFirst().close();
    assertEquals(FlowBudget.SMALL, shares.getLast().next(Long.MAX_VALUE), "it gets what another gave back");
    shares.forEach(FlowBudget.Share::close);
    assertEquals(0, budget.used());
  }

  @Test
  void aPieceIsNoLargerThanWhatIsLeft() {
    FlowBudget.Share share = budget.share();
    assertEquals(100_000, share.next(100_000));
    assertEquals(200_000, budget.used(), "one is read while the one before is on its way");
    assertEquals(10, share.next(10));
    assertEquals(10, budget.used());
  }

  /** A client that leaves while its call is still at work. */
  @Test
  void whatIsClosedTakesNothingMore() {
    FlowBudget.Share share = budget.share();
    share.next(1 << 20);
    share.close();
    assertEquals(FlowBudget.LEAST, share.next(1 << 20));
    share.close();
    assertEquals(0, budget.used());
  }
}
