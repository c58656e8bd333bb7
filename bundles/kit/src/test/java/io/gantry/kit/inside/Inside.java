package io.gantry.kit.inside;

import io.gantry.kit.Certify;
import io.gantry.kit.Runner;
import io.gantry.kit.rules.MetadataContract;
import io.gantry.spi.metadata.MetadataStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A third party's bundle: at its start it certifies the stores that a service makes, and offers what was said as another. */
public final class Inside implements BundleActivator {
  @Override
  @SuppressWarnings("unchecked")
  public void start(BundleContext context) throws IOException {
    Function<Path, MetadataStore> stores = context.getService(context.getServiceReference(Function.class));
    var said = new StringBuilder();
    Certify.run(Runner.of(new MetadataContract(), folder -> in(folder, stores)), said);
    context.registerService(String.class, said.toString(), null);
  }

  private static MetadataStore in(Path folder, Function<Path, MetadataStore> stores) throws IOException {
    try {
      return stores.apply(folder);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void stop(BundleContext context) {
    // its service goes by itself
  }
}
