package io.gantry.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.kit.Contract;
import io.gantry.kit.Outcome;
import io.gantry.kit.Runner;
import io.gantry.kit.Runner.Test;
import io.gantry.kit.Subject;
import io.gantry.kit.rules.ContentContract;
import io.gantry.kit.rules.IngestContract;
import io.gantry.kit.rules.SnapshotContract;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.snapshot.Snapshotter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The rules of drivers, over the wire: against the services of this bundle, with the API's server and the real engine behind. Those that
 * cannot hold there are listed with the reason, and are tried too: one that holds all the same, or fails for another reason, must go from
 * the list.
 */
class WireRulesTest {
  /** Not tried: what answers here is the adapter alone. */
  private static final String UNTRIED = "I-5 growing bytes are read at once"; // the wire reads no unfinished write

  private static final String EPOCH = "epochs are between core and driver: on the wire a ref that is held stays held";

  /**
   * A rule that cannot hold.
   *
   * @param why in words
   * @param said what trying it comes to, in part
   */
  private record Not(String why, String said) {}

  private static final Map<String, Not> NOT = Map.of(
      "I-1 larger epoch takes over smaller is refused", new Not(EPOCH, "is held by another writer since"),
      "I-2 late holder writes into a dead file", new Not(EPOCH, "is held by another writer since"),
      "I-4 append elsewhere or by another changes nothing", new Not(
          "a message at offset 0 truncates, as containerd has it; a call is its own key",
          "append at 0 of a write that stands at"),
      "I-8 commit checks the size and answers the same again", new Not("the service throws away what has another size than promised",
          "expected ConflictException, was thrown io.gantry.api.CorruptException"),
      "S-5 remove of nothing is done", new Not("the service keeps what others stand on", "has 1 children; remove those first"),
      "S-6 what is on disk is the truth", new Not("two instances over one folder: a manager has its root alone",
          "what one instance made is not seen by another over the same folder"),
      "S-12 missing parent is not found", new Not("the wire takes the nearest parent, the service knows those below it",
          "expected NotFoundException, nothing was thrown"));

  /** A class, and not a lambda, so that the kit can also make it in a JVM that is killed. */
  static final class Store implements Subject<ContentStore> {
    @Override
    public ContentStore open(Path root) throws Exception {
      return new WiredContent(Wired.open(root));
    }
  }

  /** The same for snapshots. */
  static final class Layers implements Subject<Snapshotter> {
    @Override
    public Snapshotter open(Path root) throws Exception {
      return new WiredSnapshots(Wired.open(root));
    }

    @Override
    public Set<String> features() {
      return Set.of("REBASE");
    }
  }

  @TestFactory
  Stream<DynamicTest> blobs() {
    return rules(new ContentContract(), new Store());
  }

  @TestFactory
  Stream<DynamicTest> writes() {
    return rules(new IngestContract(), new Store());
  }

  @TestFactory
  Stream<DynamicTest> snapshots() {
    return rules(new SnapshotContract(), new Layers());
  }

  @org.junit.jupiter.api.Test
  void theListNamesRulesThatThereAre() {
    Set<String> all = Stream.of(Runner.of(new ContentContract(), new Store()).tests(), Runner.of(new IngestContract(), new Store()).tests(),
        Runner.of(new SnapshotContract(), new Layers()).tests()).flatMap(l -> l.stream().map(WireRulesTest::name))
        .collect(Collectors.toSet());
    var strange = new TreeSet<>(NOT.keySet());
    strange.add(UNTRIED);
    strange.removeAll(all);
    assertEquals(Set.of(), strange);
  }

  private static String name(Test t) {
    return t.rule() + " " + t.title();
  }

  private static <D> Stream<DynamicTest> rules(Contract<D> contract, Subject<D> subject) {
    Runner<D> runner = Runner.of(contract, subject);
    return runner.applicable().stream().filter(t -> !name(t).equals(UNTRIED)).map(t -> DynamicTest.dynamicTest(name(t), () -> {
      Not not = NOT.get(name(t));
      var result = runner.run(t);
      if (not == null) {
        if (result.outcome() != Outcome.PASSED) throw new AssertionError(name(t) + ": " + result.detail(), result.cause().orElse(null));
      } else if (result.outcome() == Outcome.PASSED) {
        Assertions.fail(name(t) + " holds over the wire, against what the list says: " + not.why());
      } else if (!result.detail().contains(not.said())) {
        throw new AssertionError(name(t) + " fails, and not because " + not.why() + ": expected '" + not.said() + "', found '"
            + result.detail() + "'", result.cause().orElse(null));
      }
    }));
  }
}
