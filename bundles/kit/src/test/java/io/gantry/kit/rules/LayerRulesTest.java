package io.gantry.kit.rules;

import com.github.luben.zstd.ZstdInputStream;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import io.gantry.spi.layer.Taps;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LayerRulesTest {
  private static final CountDownLatch END = new CountDownLatch(1);
  private static final List<Process> LEFT = new CopyOnWriteArrayList<>();

  @AfterAll
  static void end() {
    END.countDown();
    LEFT.forEach(Process::destroyForcibly);
  }

  @TestFactory
  Stream<DynamicTest> plainTarKeepsTheRules() {
    return Rules.of(new LayerContract(), root -> new PlainTar());
  }

  @TestFactory
  Stream<DynamicTest> wrongAppliersAreFoundOut() {
    return new Wrongs<LayerApplier>(new LayerContract())
        .add("L-1", r -> changing(e -> new Entry(e.name(), e.type(), e.mode() & 0777, e.uid(), e.gid(), e.size(), e.mtimeSeconds(),
        e.mtimeNanos(),
            e.link(), e.major(), e.minor(), e.xattrs())))
        .add("L-1", r -> changing(e -> new Entry(e.name(), e.type(), e.mode(), e.uid(), e.gid(), e.size(), e.mtimeSeconds(), 0, e.link(),
        e.major(),
            e.minor(), e.xattrs())))
        .add("L-1", r -> changing(e -> new Entry(Name.of(e.name().toString()), e.type(), e.mode(), e.uid(), e.gid(), e.size(),
        e.mtimeSeconds(),
            e.mtimeNanos(), e.link(), e.major(), e.minor(), e.xattrs())))
        .add("L-1", r -> changing(e -> new Entry(e.name(), e.type(), e.mode(), e.uid() & 0xffff, e.gid(), e.size(), e.mtimeSeconds(),
        e.mtimeNanos(),
            e.link(), e.major(), e.minor(), e.xattrs())))
        .add("L-2", r -> new PlainTar() {
          @Override
          boolean mark(Name name, LayerSink sink) {
            return false;
          }
        })
        .add("L-2", r -> new PlainTar() {
          @Override
          boolean mark(Name name, LayerSink sink) throws IOException {
            try {
              return super.mark(name, sink);
            } catch (InvalidException e) {
              return true; // passes over what it does not understand
            }
          }
        })
        .add("L-3", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            return super.apply(layer, blob, new Hidden(taps), sink);
          }
        })
        .add("L-4", r -> new PlainTar() {
          @Override
          InputStream plain(Descriptor layer, InputStream blob) throws IOException {
            if (layer.mediaType().endsWith("gzip")) return translated(new GZIPInputStream(blob));
            return layer.mediaType().endsWith("zstd") ? translated(new ZstdInputStream(blob)) : blob;
          }
        })
        .add("L-5", r -> new PlainTar() {
          @Override
          void verify(byte[] header) {
            // trusts every header
          }
        })
        .add("L-5", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            try {
              return super.apply(layer, blob, taps, sink);
            } catch (InvalidException e) {
              return new Applied(0); // what there was of it
            }
          }
        })
        .add("L-5", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            try {
              return super.apply(layer, blob, taps, sink);
            } catch (InvalidException e) {
              throw new CorruptException(e.getMessage(), layer.digest().toString(), "other bytes"); // it knows no digest
            }
          }
        })
        .add("L-6", r -> new PlainTar() {
          @Override
          void limit(long size, int most) throws IOException {
            super.limit(Math.min(size, most), most);
          }
        })
        .add("L-7", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            try {
              return super.apply(layer, blob, taps, sink);
            } catch (IOException e) {
              throw new IOException("apply failed", e);
            }
          }
        })
        .add("L-7", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            try (sink; blob) {
              Applied a = super.apply(layer, blob, taps, sink);
              sink.finish();
              return a;
            }
          }
        })
        .add("L-8", r -> new PlainTar() {
          @Override
          byte[] sparse(byte[] stored, Extra extra, long gnuSize) {
            return stored;
          }
        })
        .add("L-9", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            Thread.ofPlatform().daemon().start(() -> {
              try {
                END.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
            return super.apply(layer, blob, taps, sink);
          }
        })
        .add("L-9", r -> new PlainTar() {
          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            LEFT.add(new ProcessBuilder("sleep", "600").start());
            return super.apply(layer, blob, taps, sink);
          }
        })
        .add("L-9", r -> new PlainTar() {
          private volatile LayerSink current; // one for all

          @Override
          public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
            current = sink;
            return super.apply(layer, blob, taps, new Passing(sink) {
              @Override
              public void entry(Entry e, InputStream data) throws IOException {
                synchronized (END) {
                  current.entry(e, data);
                }
              }
            });
          }
        }).tests();
  }

  private interface Change {
    Entry of(Entry e);
  }

  private static LayerApplier changing(Change change) {
    return new PlainTar() {
      @Override
      public Applied apply(Descriptor layer, InputStream blob, Taps taps, LayerSink sink) throws IOException {
        return super.apply(layer, blob, taps, new Passing(sink) {
          @Override
          public void entry(Entry e, InputStream data) throws IOException {
            sink.entry(change.of(e), data);
          }
        });
      }
    };
  }

  private static class Passing implements LayerSink {
    private final LayerSink sink;

    Passing(LayerSink sink) {
      this.sink = sink;
    }

    @Override
    public void entry(Entry e, InputStream data) throws IOException {
      sink.entry(e, data);
    }

    @Override
    public void whiteout(Name name) throws IOException {
      sink.whiteout(name);
    }

    @Override
    public void opaque(Name directory) throws IOException {
      sink.opaque(directory);
    }

    @Override
    public void finish() throws IOException {
      sink.finish();
    }

    @Override
    public void close() throws IOException {
      sink.close();
    }
  }

  /** Reads the first blocks past the taps. */
  private record Hidden(Taps taps) implements Taps {
    @Override
    public InputStream uncompressed(InputStream raw) throws IOException {
      byte[] first = raw.readNBytes(1024);
      return new java.io.SequenceInputStream(new java.io.ByteArrayInputStream(first), taps.uncompressed(raw));
    }

    @Override
    public void entry() throws IOException {
      taps.entry();
    }

    @Override
    public int maxHeaderBytes() {
      return taps.maxHeaderBytes();
    }
  }
}
