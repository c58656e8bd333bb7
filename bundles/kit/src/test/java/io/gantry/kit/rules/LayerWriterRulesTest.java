package io.gantry.kit.rules;

import io.gantry.kit.image.TarEntry;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LayerWriterRulesTest {
  @TestFactory
  Stream<DynamicTest> plainWriterKeepsTheRules() {
    return Rules.of(new LayerWriterContract(), root -> new PlainWriter());
  }

  @TestFactory
  Stream<DynamicTest> wrongWritersAreFoundOut() {
    return new Wrongs<LayerWriter>(new LayerWriterContract())
        .add("W-1", r -> new PlainWriter() {
          @Override
          TarEntry tar(Entry e) {
            return super.tar(e).mtime(e.mtimeSeconds(), 0);
          }
        })
        .add("W-1", r -> new PlainWriter() {
          @Override
          TarEntry tar(Entry e) {
            return super.tar(e).owner(e.uid() & 0x1fffff, e.gid());
          }
        })
        .add("W-2", r -> new PlainWriter() {
          @Override
          void check(Name name) {
            // writes it, and somebody's file is deleted
          }
        })
        .add("W-2", r -> new PlainWriter() {
          @Override
          TarEntry whiteout(Name name) {
            return super.whiteout(name).mtime(TarEntry.EPOCH, 0);
          }
        })
        .add("W-3", r -> new PlainWriter() {
          @Override
          TarEntry tar(Entry e) {
            return super.tar(e).pax("atime", Long.toString(System.currentTimeMillis()));
          }
        })
        .add("W-4", r -> new PlainWriter() {
          @Override
          OutputStream compressed(String mediaType, OutputStream to) {
            return to;
          }
        })
        .add("W-4", r -> new PlainWriter() {
          @Override
          public LayerSink open(String mediaType, OutputStream blob, OutputStream plain) throws IOException {
            return super.open(writes(mediaType) ? mediaType : "x.tar", blob, plain);
          }
        })
        .add("W-5", r -> new PlainWriter() {
          @Override
          byte[] data(Entry e, InputStream data) throws IOException {
            return Arrays.copyOf(data.readNBytes((int) e.size()), (int) e.size());
          }
        })
        .add("W-5", r -> new PlainWriter() {
          @Override
          byte[] data(Entry e, InputStream data) throws IOException {
            return Arrays.copyOf(data.readAllBytes(), (int) e.size());
          }
        })
        .add("W-6", r -> new PlainWriter() {
          @Override
          void closed(OutputStream blob) throws IOException {
            blob.close();
          }
        })
        .add("W-6", r -> new PlainWriter() {
          @Override
          void closed(OutputStream blob) throws IOException {
            blob.write(0);
          }
        })
        .add("W-7", r -> new PlainWriter() {
          private volatile byte[] shared;

          @Override
          byte[] data(Entry e, InputStream data) throws IOException {
            shared = super.data(e, data);
            Thread.yield();
            byte[] copy = shared.clone();
            return Arrays.copyOf(copy, (int) e.size());
          }
        })
        .tests();
  }
}
