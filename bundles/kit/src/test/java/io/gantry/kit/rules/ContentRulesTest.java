package io.gantry.kit.rules;

import io.gantry.api.Digest;
import io.gantry.kit.Contract;
import io.gantry.kit.Subject;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ContentRulesTest {
  /** Can be made in another JVM, and killed there. */
  static final class Plain implements Subject<ContentStore> {
    @Override
    public ContentStore open(Path root) throws Exception {
      return new PlainContent(root);
    }
  }

  @TestFactory
  Stream<DynamicTest> plainStoreKeepsTheRules() {
    return Stream.of(new ContentContract(), new IngestContract()).flatMap(c -> Rules.of((Contract<ContentStore>) c, new Plain()));
  }

  @TestFactory
  Stream<DynamicTest> wrongStoresAreFoundOut() {
    return new Wrongs<>(new ContentContract())
        .add("C-1", ShowsUnfinished::new)
        .add("C-2", r -> new PlainContent(r) {
          @Override
          public int read(Digest d, long position, ByteBuffer into) throws IOException {
            return Math.max(0, super.read(d, position, into));
          }
        })
        .add("C-2", SharedPosition::new)
        .add("C-3", r -> new PlainContent(r) {
          @Override
          public int read(Digest d, long position, ByteBuffer into) throws IOException {
            return find(d).isEmpty() ? -1 : super.read(d, position, into);
          }
        })
        .add("C-4", r -> new PlainContent(r) {
          @Override
          public List<Blob> list(Optional<Digest> after, int max) throws IOException {
            return super.list(after, max + 1);
          }
        })
        .add("C-4", PagesByNumber::new)
        .add("C-5", r -> new PlainContent(r) {
          @Override
          public boolean remove(Digest d) throws IOException {
            if (find(d).isEmpty()) throw new IOException("nothing to remove");
            return super.remove(d);
          }
        })
        .add("C-6", InMemory::new)
        .add("C-6", r -> {
          PlainContent swept = new PlainContent(r);
          for (IngestStatus s : swept.ingests("", 1000)) swept.abort(s.ref());
          return swept;
        })
        .add("C-7", r -> new PlainContent(r) {
          @Override
          public List<Blob> list(Optional<Digest> after, int max) throws IOException {
            try (var files = Files.list(r.resolve("blobs"))) {
              for (Path f : files.toList()) Digest.parse(f.getFileName().toString().replace('-', ':'));
            }
            return super.list(after, max);
          }
        }).tests();
  }

  @TestFactory
  Stream<DynamicTest> wrongIngestersAreFoundOut() {
    return new Wrongs<>(new IngestContract())
        .add("I-1", r -> new PlainContent(r) {
          @Override
          public synchronized IngestStatus begin(IngestSpec s) throws IOException {
            abort(s.ref());
            return super.begin(s);
          }
        })
        .add("I-2", NoFence::new)
        .add("I-3", r -> new PlainContent(r) {
          @Override
          public synchronized IngestStatus begin(IngestSpec s) throws IOException {
            return super.begin(new IngestSpec(s.ref(), Optional.empty(), s.total(), s.epoch()));
          }
        })
        .add("I-3", r -> new PlainContent(r) {
          @Override
          public synchronized IngestStatus begin(IngestSpec s) throws IOException {
            IngestStatus n = super.begin(s);
            return new IngestStatus(n.key(), true, n.offset(), n.total(), n.expected(), n.updated(), n.updated());
          }
        })
        .add("I-4", r -> new PlainContent(r) {
          @Override
          public synchronized long append(IngestKey k, long offset, ByteBuffer b) throws IOException {
            return super.append(k, status(k.ref()).map(IngestStatus::offset).orElse(offset), b);
          }
        })
        .add("I-5", LateTail::new)
        .add("I-6", r -> new PlainContent(r) {
          @Override
          public synchronized void truncate(IngestKey k) throws IOException {
            super.truncate(k);
            release(k);
          }
        })
        .add("I-7", r -> new PlainContent(r) {
          @Override
          public synchronized void release(IngestKey k) throws IOException {
            super.release(status(k.ref()).map(IngestStatus::key).orElse(k));
          }
        })
        .add("I-8", r -> new PlainContent(r) {
          @Override
          public synchronized Optional<Blob> commit(IngestKey k, Digest d, long size) throws IOException {
            return super.commit(k, d, status(k.ref()).map(IngestStatus::offset).orElse(size));
          }
        })
        .add("I-9", r -> new PlainContent(r) {
          @Override
          public synchronized List<IngestStatus> ingests(String after, int max) throws IOException {
            List<IngestStatus> page = new ArrayList<>(super.ingests(after, max));
            if (!after.isEmpty()) status(after).ifPresent(s -> page.addFirst(s));
            return page.stream().limit(max).toList();
          }
        })
        .add("I-10", r -> {
          PlainContent fresh = new PlainContent(r);
          for (IngestStatus s : fresh.ingests("", 1000)) fresh.abort(s.ref());
          return fresh;
        }).tests();
  }

  /** Finds what is being written. */
  private static final class ShowsUnfinished extends PlainContent {
    private final Map<String, byte[]> open = new HashMap<>();

    ShowsUnfinished(Path root) throws IOException {
      super(root);
    }

    @Override
    public synchronized long append(IngestKey k, long offset, ByteBuffer b) throws IOException {
      byte[] copy = new byte[b.remaining()];
      b.duplicate().get(copy);
      open.put(k.ref(), copy);
      return super.append(k, offset, b);
    }

    @Override
    public synchronized Optional<Blob> find(Digest d) throws IOException {
      for (byte[] b : open.values()) if (Content.digest(b).equals(d)) return Optional.of(new Blob(d, b.length, java.time.Instant.EPOCH));
      return super.find(d);
    }
  }

  /** Keeps one position for all readers, as a shared stream would. */
  private static final class SharedPosition extends PlainContent {
    private volatile long position;

    SharedPosition(Path root) throws IOException {
      super(root);
    }

    @Override
    public int read(Digest d, long at, ByteBuffer into) throws IOException {
      position = at;
      Thread.yield();
      return super.read(d, position, into);
    }
  }

  /** Takes {@code after} for a number of blobs passed over, so that a remove in the middle shifts the pages. */
  private static final class PagesByNumber extends PlainContent {
    private final Map<Digest, Integer> pages = new HashMap<>();

    PagesByNumber(Path root) throws IOException {
      super(root);
    }

    @Override
    public synchronized List<Blob> list(Optional<Digest> after, int max) throws IOException {
      int skip = after.map(d -> pages.getOrDefault(d, 0)).orElse(0);
      List<Blob> page = super.list(Optional.empty(), Integer.MAX_VALUE).stream().skip(skip).limit(max).toList();
      if (!page.isEmpty()) pages.put(page.getLast().digest(), skip + page.size());
      return page;
    }
  }

  /** Knows only blobs it committed itself. */
  private static final class InMemory extends PlainContent {
    private final Set<Digest> known = new HashSet<>();

    InMemory(Path root) throws IOException {
      super(root);
    }

    @Override
    public synchronized Optional<Blob> commit(IngestKey k, Digest d, long size) throws IOException {
      known.add(d);
      return super.commit(k, d, size);
    }

    @Override
    public synchronized List<Blob> list(Optional<Digest> after, int max) throws IOException {
      return super.list(after, max).stream().filter(b -> known.contains(b.digest())).toList();
    }
  }

  /** Lets every old holder write on. */
  private static final class NoFence extends PlainContent {
    NoFence(Path root) throws IOException {
      super(root);
    }

    @Override
    public synchronized long append(IngestKey k, long offset, ByteBuffer b) throws IOException {
      return super.append(status(k.ref()).map(IngestStatus::key).orElse(k), offset, b);
    }
  }

  /** Shows the bytes before the last append only. */
  private static final class LateTail extends PlainContent {
    private volatile long before;

    LateTail(Path root) throws IOException {
      super(root);
    }

    @Override
    public synchronized long append(IngestKey k, long offset, ByteBuffer b) throws IOException {
      before = offset;
      return super.append(k, offset, b);
    }

    @Override
    public int readIngest(IngestKey k, long position, ByteBuffer into) throws IOException {
      return position >= before ? -1 : super.readIngest(k, position, into);
    }
  }
}
