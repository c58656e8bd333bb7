package io.gantry.kit.rules;

import io.gantry.api.Descriptor;
import io.gantry.kit.Trial;
import io.gantry.kit.image.ImageFormat;
import io.gantry.kit.image.Layer;
import io.gantry.kit.image.Packing;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.LayerApplier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One application of a layer, with all that is to be looked at afterwards. */
final class Application {
  /** What a header may take in these trials. */
  static final int MAX_HEADER = 1 << 20;

  /** Bytes that know whether they were closed. */
  static final class Source extends ByteArrayInputStream {
    private boolean closed;

    Source(byte[] bytes) {
      super(bytes);
    }

    @Override
    public void close() throws IOException {
      closed = true;
    }

    boolean closed() {
      return closed;
    }
  }

  final RecordingSink sink;
  final MeteredTaps taps;
  final Source source;
  private final Descriptor descriptor;
  Applied applied;

  Application(Descriptor descriptor, byte[] blob, RecordingSink sink, MeteredTaps taps) {
    this.descriptor = descriptor;
    this.source = new Source(blob);
    this.sink = sink;
    this.taps = taps;
  }

  static Application of(String mediaType, Layer layer) {
    return new Application(Descriptor.of(mediaType, layer.digest(), layer.blob().length), layer.blob(), new RecordingSink(),
        new MeteredTaps(MAX_HEADER));
  }

  /** Of the tar as it is, under the driver's first media type. */
  static Application of(Trial<LayerApplier> t, byte[] tar) throws Exception {
    return of(types(t).getFirst(), Layer.of(tar, Packing.plain()));
  }

  Application run(LayerApplier driver) throws IOException {
    applied = driver.apply(descriptor, source, taps, sink);
    return this;
  }

  List<String> lines() {
    return sink.lines();
  }

  /** The media types of tars that the driver takes. */
  static List<String> types(Trial<LayerApplier> t) throws Exception {
    List<String> all = new ArrayList<>();
    for (ImageFormat f : ImageFormat.values()) {
      for (String suffix : List.of("gzip", "", "zstd")) if (t.driver().accepts(f.layerType(suffix))) all.add(f.layerType(suffix));
    }
    t.need(!all.isEmpty(), "the driver accepts no media type of tars");
    return all;
  }
}
