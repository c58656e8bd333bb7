package io.gantry.kit.fault;

import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.io.InputStream;

/** A sink of which the n-th entry, or mark, or the end fails. */
public record FaultySink(LayerSink sink, Faults faults) implements LayerSink {
  @Override
  public void entry(Entry e, InputStream data) throws IOException {
    faults.write("entry " + e.name());
    sink.entry(e, FaultyStreams.in(data, faults));
  }

  @Override
  public void whiteout(Name name) throws IOException {
    faults.write("whiteout of " + name);
    sink.whiteout(name);
  }

  @Override
  public void opaque(Name directory) throws IOException {
    faults.write("opaque folder " + directory);
    sink.opaque(directory);
  }

  @Override
  public void finish() throws IOException {
    faults.write("end of the layer");
    sink.finish();
  }

  @Override
  public void close() throws IOException {
    faults.closing();
    sink.close();
  }
}
