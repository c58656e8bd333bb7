package io.gantry.content.local;

import io.gantry.api.Digest;
import io.gantry.api.DriverContext;
import io.gantry.spi.content.Blob;
import io.gantry.spi.content.ContentStore;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import io.gantry.spi.content.IngestStatus;
import io.gantry.spi.content.Ingester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The local content store as a service, one instance per configuration {@code content.local~name}. */
@Component(
    configurationPid = "content.local", configurationPolicy = ConfigurationPolicy.REQUIRE, property = "gantry.kind=" + ContentStore.KIND)
@Designate(ocd = LocalComponent.Config.class, factory = true)
public final class LocalComponent implements ContentStore, Ingester {
  /** Configuration. */
  @ObjectClassDefinition(name = "Content in a local folder")
  @interface Config {
    @AttributeDefinition(min = "1", description =
        "Bytes of an unfinished write after which they are synced, in MiB; default 64") int sync_megabytes() default 64;
  }

  private final LocalStore store;

  @Activate
  public LocalComponent(Config config, Map<String, Object> properties) throws IOException {
    store = new LocalStore(DriverContext.of(properties).root(), Host.here(), (long) config.sync_megabytes() << 20);
  }

  @Deactivate
  public void close() throws IOException {
    store.close();
  }

  @Override
  public Optional<Blob> find(Digest digest) throws IOException {
    return store.find(digest);
  }

  @Override
  public List<Blob> list(Optional<Digest> after, int max) throws IOException {
    return store.list(after, max);
  }

  @Override
  public int read(Digest digest, long position, ByteBuffer into) throws IOException {
    return store.read(digest, position, into);
  }

  @Override
  public boolean remove(Digest digest) throws IOException {
    return store.remove(digest);
  }

  @Override
  public IngestStatus begin(IngestSpec spec) throws IOException {
    return store.begin(spec);
  }

  @Override
  public Optional<IngestStatus> status(String ref) throws IOException {
    return store.status(ref);
  }

  @Override
  public List<IngestStatus> ingests(String after, int max) throws IOException {
    return store.ingests(after, max);
  }

  @Override
  public long append(IngestKey key, long offset, ByteBuffer bytes) throws IOException {
    return store.append(key, offset, bytes);
  }

  @Override
  public int readIngest(IngestKey key, long position, ByteBuffer into) throws IOException {
    return store.readIngest(key, position, into);
  }

  @Override
  public void truncate(IngestKey key) throws IOException {
    store.truncate(key);
  }

  @Override
  public void release(IngestKey key) throws IOException {
    store.release(key);
  }

  @Override
  public void abort(String ref) throws IOException {
    store.abort(ref);
  }

  @Override
  public Optional<Blob> commit(IngestKey key, Digest digest, long size) throws IOException {
    return store.commit(key, digest, size);
  }
}
