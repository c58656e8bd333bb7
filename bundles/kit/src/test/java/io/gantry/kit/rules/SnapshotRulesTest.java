package io.gantry.kit.rules;

import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Usage;
import io.gantry.kit.Contract;
import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.snapshot.Snap;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.Snapshotter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class SnapshotRulesTest {
  private static final Subject<Snapshotter> OVERLAY = ((Subject<Snapshotter>) PlainSnapshots.Overlay::new).with("REBASE");

  /** Can be made in another JVM, and killed there. */
  static final class Copies implements Subject<Snapshotter> {
    @Override
    public Snapshotter open(Path root) throws Exception {
      return new PlainSnapshots(root);
    }
  }

  @TestFactory
  Stream<DynamicTest> plainCopiesKeepTheRules() {
    return Stream.of(new SnapshotContract(), new SnapshotSliceContract(), new SnapshotKillContract())
        .flatMap(c -> Rules.of((Contract<Snapshotter>) c, new Copies()));
  }

  /** Forgets, where it is killed, what it made in its last moments. */
  static final class Late implements Subject<Snapshotter> {
    @Override
    public Snapshotter open(Path root) throws Exception {
      return new PlainSnapshots(root) {
        private int calls;

        @Override
        public boolean create(Snap s) throws IOException {
          return calls++ % 4 == 3 || super.create(s);
        }

        @Override
        public Optional<Usage> seal(Snap s) throws IOException {
          return Files.exists(at(s.id())) ? super.seal(s) : Optional.of(Usage.NONE);
        }
      };
    }
  }

  @TestFactory
  Stream<DynamicTest> wrongAnswersBeforeAKillAreFoundOut() {
    return new Wrongs<>(new SnapshotKillContract()).add("S-3", new Late()).tests();
  }

  @TestFactory
  Stream<DynamicTest> plainOverlaysKeepTheRules() throws IOException {
    Assumptions.assumeTrue(Tree.isRoot(), "only root can mount overlayfs");
    return Stream.concat(Rules.of(new SnapshotContract(), OVERLAY), Rules.of(new SnapshotSliceContract(), OVERLAY));
  }

  @TestFactory
  Stream<DynamicTest> wrongDriversAreFoundOut() throws IOException {
    Assumptions.assumeTrue(Tree.isRoot(), "only root can mount, and so look at trees");
    return new Wrongs<>(new SnapshotContract())
        .add("S-1", r -> new PlainSnapshots(r) {
          @Override
          public boolean create(Snap s) throws IOException {
            if (Files.exists(at(s.id()))) while (!remove(s.id())) continue;
            return super.create(s);
          }
        })
        .add("S-3", r -> new PlainSnapshots(r) {
          private final Set<SnapId> mine = new HashSet<>();

          @Override
          public Optional<Usage> seal(Snap s) throws IOException {
            mine.add(s.id());
            return super.seal(s);
          }

          @Override
          void make(Snap s, Path fresh) throws IOException {
            boolean lost = !s.parents().isEmpty() && !mine.contains(s.parents().getFirst());
            super.make(lost ? new Snap(s.id(), List.of(), s.kind(), s.labels(), s.epoch()) : s, fresh);
          }
        })
        .add("S-4", r -> new PlainSnapshots.Overlay(r) {
          private int calls;

          @Override
          public List<Mount> mounts(Snap s) throws IOException {
            Mount m = super.mounts(s).getFirst();
            List<String> options = new ArrayList<>(m.options());
            if (calls++ % 2 == 1) options = options.reversed();
            return List.of(new Mount(m.type(), m.source(), m.target(), options));
          }
        })
        .add("S-5", r -> new PlainSnapshots(r) {
          @Override
          public boolean remove(SnapId id) throws IOException {
            if (Files.notExists(at(id)) && Files.notExists(r.resolve(".dying-" + id))) throw new NotFoundException("no " + id);
            return super.remove(id);
          }
        })
        .add("S-6", r -> new PlainSnapshots(r) {
          private final Set<SnapId> known = new HashSet<>(super.list(Optional.empty(), 1000));

          @Override
          public boolean create(Snap s) throws IOException {
            boolean done = super.create(s);
            if (done) known.add(s.id());
            return done;
          }

          @Override
          public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
            return super.list(after, max).stream().filter(known::contains).toList();
          }
        })
        .add("S-7", r -> {
          try (Stream<Path> files = Files.list(r)) {
            for (Path f : files.toList()) {
              if (Files.notExists(f.resolve("sealed"))) io.gantry.kit.image.Programs.output("rm", "-rf", f.toString());
            }
          }
          return new PlainSnapshots(r) {
            @Override
            public Optional<Usage> seal(Snap s) throws IOException {
              Files.writeString(at(s.id()).resolve("sealed"), "");
              return super.seal(s);
            }
          };
        })
        .add("S-8", r -> new PlainSnapshots(r) {
          @Override
          public List<Mount> mounts(Snap s) throws IOException {
            Mount m = super.mounts(s).getFirst();
            return s.parents().isEmpty() ? List.of(m) : List.of(new Mount(m.type(), at(s.parents().getFirst()).resolve("fs").toString(),
                "", m.options()));
          }
        })
        .add("S-8", r -> new PlainSnapshots(r) {
          @Override
          public List<Mount> mounts(Snap s) throws IOException {
            Mount m = super.mounts(s).getFirst();
            return List.of(new Mount(m.type(), m.source(), "", List.of("rbind", "rw")));
          }
        })
        .add("S-9", r -> new PlainSnapshots(r) {
          @Override
          void make(Snap s, Path fresh) throws IOException {
            super.make(s, fresh);
            Files.setPosixFilePermissions(fresh.resolve("fs"), PosixFilePermissions.fromString("rwxr-xr-x"));
          }
        })
        .add("S-9", with(r -> new PlainSnapshots.Overlay(r) {
          @Override
          public Optional<Usage> seal(Snap s) throws IOException {
            return super.seal(new Snap(s.id(), List.of(), s.kind(), s.labels(), s.epoch()));
          }
        }))
        .add("S-10", r -> new PlainSnapshots(r) {
          @Override
          public List<SnapId> list(Optional<SnapId> after, int max) throws IOException {
            return super.list(after, max).reversed();
          }
        })
        .add("S-11", r -> new PlainSnapshots(r) {
          private long calls;

          @Override
          public Usage usage(SnapId id) throws IOException {
            return super.usage(id).plus(new Usage(calls++, 0));
          }
        })
        .add("S-11", r -> new PlainSnapshots(r) {
          @Override
          public Optional<Usage> seal(Snap s) throws IOException {
            return Optional.of(usage(s.id()));
          }
        })
        .add("S-12", r -> new PlainSnapshots(r) {
          @Override
          public boolean create(Snap s) throws IOException {
            Files.createDirectories(at(s.id()));
            if (!s.parents().isEmpty()) Files.delete(at(s.id()));
            if (!s.parents().isEmpty() && Files.notExists(at(s.parents().getLast()))) Files.createDirectory(at(s.id()));
            return super.create(s);
          }
        }).tests();
  }

  private static Subject<Snapshotter> with(Subject<Snapshotter> s) {
    return s.with("REBASE");
  }

  @TestFactory
  Stream<DynamicTest> wrongSlicesAreFoundOut() throws IOException {
    Assumptions.assumeTrue(Tree.isRoot(), "only root can mount, and so look at trees");
    return new Wrongs<>(new SnapshotSliceContract())
        .add("S-2", r -> new PlainSnapshots(r) {
          @Override
          public boolean create(Snap s) throws IOException {
            while (!super.create(s)) continue;
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long end = threads.getCurrentThreadCpuTime() + 1_000_000_000L;
            while (!s.parents().isEmpty() && threads.getCurrentThreadCpuTime() < end) Thread.onSpinWait(); // as a long copy in one call
            return true;
          }
        })
        .add("S-2", r -> new PlainSnapshots(r) {
          private int calls; // forgets how far it came with each instance

          @Override
          public boolean create(Snap s) throws IOException {
            if (!s.parents().isEmpty() && calls++ < 1) return false;
            return super.create(s);
          }
        }).tests();
  }
}
