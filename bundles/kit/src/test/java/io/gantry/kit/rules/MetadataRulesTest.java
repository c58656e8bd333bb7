package io.gantry.kit.rules;

import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import io.gantry.spi.metadata.MetadataStore;
import io.gantry.spi.metadata.Rec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class MetadataRulesTest {
  /** Can be made in another JVM, and killed there. */
  static final class Plain implements Subject<MetadataStore> {
    @Override
    public MetadataStore open(Path root) throws Exception {
      return new PlainMetadata(root);
    }
  }

  @TestFactory
  Stream<DynamicTest> plainStoreKeepsTheRules() {
    return Rules.of(new MetadataContract(), new Plain());
  }

  @TestFactory
  Stream<DynamicTest> wrongStoresAreFoundOut() {
    return new Wrongs<>(new MetadataContract())
        .add("M-1", r -> new PlainMetadata(r) {
          @Override
          public synchronized long commit(Batch b) throws IOException {
            long s = 0; // one after another, each on its own
            for (Batch.Put p : b.puts().reversed()) s = super.commit(new Batch(b.conditions(), List.of(p), List.of()));
            if (b.puts().size() == 2 && s == 12) {
              Files.write(r.resolve("journal"), Arrays.copyOf(Files.readAllBytes(r.resolve("journal")), 300));
            }
            return b.puts().isEmpty() ? super.commit(b) : s;
          }
        })
        .add("M-2", r -> new PlainMetadata(r) {
          @Override
          public synchronized long commit(Batch b) throws IOException {
            return super.commit(new Batch(b.conditions().stream().filter(c -> c.revision() <= 0).toList(), b.puts(), b.removes()));
          }
        })
        .add("M-3", r -> new PlainMetadata(r) {
          private long since;

          @Override
          public synchronized long commit(Batch b) throws IOException {
            super.commit(b);
            return ++since;
          }

          @Override
          public synchronized long sequence() {
            return since;
          }
        })
        .add("M-4", r -> new PlainMetadata(r) {
          @Override
          public List<Rec> range(Key from, Key to, int max) throws IOException {
            List<Key> keys = super.range(from, to, max).stream().map(Rec::key).toList();
            List<Rec> page = new java.util.ArrayList<>();
            for (Key k : keys) {
              get(k).ifPresent(page::add);
              Thread.yield();
            }
            return page;
          }
        })
        .add("M-5", r -> new PlainMetadata(r) {
          @Override
          public synchronized List<Rec> range(Key from, Key to, int max) throws IOException {
            return records.values().stream().filter(x -> x.key().compareTo(from) >= 0 && x.key().compareTo(to) <= 0)
                .sorted(Comparator.comparing(x -> x.key().toString())).limit(max).toList();
          }
        })
        .add("M-6", r -> new PlainMetadata(r) {
          @Override
          public synchronized Optional<Rec> get(Key k) throws IOException {
            return super.get(k).map(x -> new Rec(x.key(), x.revision(), new String(x.value(), java.nio.charset.StandardCharsets.UTF_8)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
          }
        })
        .add("M-7", r -> {
          Path journal = r.resolve("journal");
          try {
            return new PlainMetadata(r);
          } catch (io.gantry.api.CorruptException e) {
            Files.delete(journal);
            return new PlainMetadata(r);
          }
        })
        .add("M-7", r -> {
          long size = Files.exists(r.resolve("journal")) ? Files.size(r.resolve("journal")) : 0;
          PlainMetadata m = new PlainMetadata(r);
          if (size != Files.size(r.resolve("journal"))) throw new IOException("the journal is cut");
          return m;
        })
        .add("M-8", r -> {
          Path lock = r.resolve("lock");
          if (Files.exists(lock)) throw new IOException("in use by another process");
          return new PlainMetadata(Files.createFile(lock).getParent()) {
            @Override
            public void close() throws IOException {
              super.close();
              Files.deleteIfExists(lock);
            }
          };
        }).tests();
  }
}
