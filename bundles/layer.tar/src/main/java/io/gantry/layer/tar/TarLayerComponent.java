package io.gantry.layer.tar;

import io.gantry.api.Descriptor;
import io.gantry.spi.layer.Applied;
import io.gantry.spi.layer.LayerApplier;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.LayerWriter;
import io.gantry.spi.layer.Taps;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The driver as a component; its name is configuration. */
@Component(configurationPid = "layer.tar", configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = TarLayerComponent.Config.class, factory = true)
public final class TarLayerComponent implements LayerApplier, LayerWriter {
  /** Configuration. */
  @ObjectClassDefinition(name = "Layers as tar archives")
  @interface Config {
    @AttributeDefinition(description =
        "Program that inflates gzip: auto (igzip where it is on the PATH), none (the JVM does it), or an absolute path")
    String igzip() default "auto";

    @AttributeDefinition(min = "0",
        description = "Blobs of fewer bytes are inflated by the JVM, without a process of their own; default 1 MiB")
    long igzip_from() default 1 << 20;
  }

  private final TarLayer layer;

  @Activate
  public TarLayerComponent(Config config) {
    layer = new TarLayer(new Decompression(Programs.igzip(config.igzip()), config.igzip_from()));
  }

  @Override
  public boolean accepts(String mediaType) {
    return layer.accepts(mediaType);
  }

  @Override
  public Applied apply(Descriptor descriptor, InputStream blob, Taps taps, LayerSink sink) throws IOException {
    return layer.apply(descriptor, blob, taps, sink);
  }

  @Override
  public boolean writes(String mediaType) {
    return layer.writes(mediaType);
  }

  @Override
  public LayerSink open(String mediaType, OutputStream blob, OutputStream plain) throws IOException {
    return layer.open(mediaType, blob, plain);
  }
}
