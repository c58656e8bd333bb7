package io.gantry.unpack;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.layer.tar.TarLayer;
import io.gantry.spi.layer.Taps;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Applies archives to folders, without drivers and services. */
final class Sinks {
  static final Taps OPEN = new Taps() {
    @Override
    public InputStream uncompressed(InputStream raw) {
      return raw;
    }

    @Override
    public void entry() {}

    @Override
    public int maxHeaderBytes() {
      return 1 << 20;
    }
  };

  private Sinks() {}

  static void apply(Path folder, Below below, byte[] tar) throws IOException {
    try (FolderSink sink = new FolderSink(folder, below)) {
      Descriptor d = Descriptor.of("application/vnd.oci.image.layer.v1.tar", Digest.sha256(new byte[32]), tar.length);
      TarLayer.ofDefaults().apply(d, new ByteArrayInputStream(tar), OPEN, sink);
      sink.finish();
    }
  }
}
