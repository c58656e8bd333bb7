package io.gantry.kit.rules;

import io.gantry.kit.Contract;
import io.gantry.kit.Kill;
import io.gantry.kit.Rule;
import io.gantry.kit.Trial;
import io.gantry.kit.Workload;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import io.gantry.spi.snapshot.Snapshotter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/** What {@link Snapshotter} must keep when its JVM is killed at any moment. The subject must be a class that can be made there. */
public final class SnapshotKillContract implements Contract<Snapshotter> {
  @Override
  public String name() {
    return "Snapshotter, killed";
  }

  @Rule(value = "S-3", stochastic = true)
  void acknowledgedIsThereAfterAKillInTheMiddle(Trial<Snapshotter> t) throws Exception {
    Snaps s = new Snaps(t);
    for (int round = 0; round < 3; round++) {
      List<String> lines = Kill.after(5 + t.random().nextInt(40), t, Layering.class);
      t.another();
      Set<SnapId> listed = new HashSet<>(s.list(1000));
      Set<String> going = new HashSet<>(); // perhaps there, perhaps not
      for (String line : lines) if (line.startsWith("removing ")) going.add(line.split(" ")[1]);
      for (String line : lines) {
        String[] words = line.split(" ");
        SnapId id = new SnapId(words[1]);
        if (words[0].equals("remove")) {
          t.check(!listed.contains(id), "a removed snapshot is listed after a kill");
        } else if (words[0].equals("seal") && !going.contains(words[1])) {
          t.check(listed.contains(id), "a sealed snapshot is not listed after a kill");
          t.equal(s.seal(Layering.snap(id, words[2], t.epoch())), s.driver().usage(id), "usage of a sealed snapshot after a kill");
          t.check(!s.driver().mounts(Layering.snap(id, words[2], t.epoch())).isEmpty(), "a sealed snapshot has no mounts after a kill");
        }
      }
      for (SnapId id : listed) s.remove(id);
      t.equal(List.of(), s.list(10), "snapshots after all that a kill left were removed");
      t.shut();
    }
  }

  /** Makes and seals snapshots over the first one, and removes every third. */
  static final class Layering implements Workload<Snapshotter> {
    static Snap snap(SnapId id, String parent, long epoch) {
      return new Snap(id, parent.equals("-") ? List.of() : List.of(new SnapId(parent)), SnapKind.ACTIVE, Map.of(), epoch);
    }

    @Override
    public void run(Snapshotter driver, Random random, Consumer<String> acknowledge) throws Exception {
      long epoch = System.currentTimeMillis(); // above that of every JVM that was killed before; ids are never used again
      String first = "-";
      for (int i = 0; true; i++) {
        SnapId id = new SnapId("k" + epoch + "-" + i);
        Snap s = snap(id, first, epoch);
        while (!driver.create(s)) continue;
        acknowledge.accept("create " + id + " " + first);
        while (driver.seal(s).isEmpty()) continue;
        acknowledge.accept("seal " + id + " " + first);
        if (i == 0) first = id.value();
        if (i % 3 != 2) continue;
        acknowledge.accept("removing " + id);
        while (!driver.remove(id)) continue;
        acknowledge.accept("remove " + id);
      }
    }
  }
}
