package io.gantry.bench;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.remote.Address;
import io.gantry.remote.RemoteManager;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Image;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What a daemon takes for its API, asked by the same {@code ctr} and the same Java client on both sides. Each is done once before it is
 * measured, since a daemon of the JVM is slower at first.
 */
final class ApiMeasures {
  private static final Scope SCOPE = Scope.root().withNamespace(ApiClient.NAMESPACE);
  private static final int CALLS = 1000;
  private static final int WARM = 3;
  private static final int BLOBS = 10_000;
  private static final int WRITERS = 8;
  private static final int CHUNK = 1 << 20;
  private static final String LEASE = "bench";
  private final Options options;
  private final Side side;
  private final ApiClient client;
  private final Meter meter;
  private final Map<Measure, List<Sample>> samples;

  ApiMeasures(Options options, Side side, ApiClient client, Meter meter, Map<Measure, List<Sample>> samples) {
    this.options = options;
    this.side = side;
    this.client = client;
    this.meter = meter;
    this.samples = samples;
  }

  void run() throws IOException, InterruptedException {
    try (var manager = RemoteManager.connect(Address.parse("unix://" + side.socket()))) {
      if (options.wants(Measure.CTR_PULL)) {
        Session.settle();
        take(Measure.CTR_PULL, () -> client.pull(side, Session.THIRD));
      }
      if (options.wants(Measure.UNARY)) unary(manager);
      if (options.wants(Measure.COLLECT)) collect(manager);
      if (options.wants(Measure.CONTENT_WRITE, Measure.CONTENT_WRITE_CPU, Measure.CONTENT_READ, Measure.CONTENT_READ_CPU, Measure.OWN_WRITE,
          Measure.OWN_READ)) {
        content(manager);
      }
    }
  }

  private void content(RemoteManager manager) throws IOException, InterruptedException {
    Contents contents = manager.contents();
    client.ingest(side);
    remove(manager);
    Session.settle();
    withCpu(Measure.CONTENT_WRITE, Measure.CONTENT_WRITE_CPU, () -> client.ingest(side));
    contents.label(SCOPE, client.digest(), Map.of("containerd.io/gc.root", "bench"));
    client.get(side);
    withCpu(Measure.CONTENT_READ, Measure.CONTENT_READ_CPU, () -> client.get(side));
    if (side instanceof ContainerdSide) { // the Java client of Gantry stands beside ctr of containerd
      samples.get(Measure.OWN_WRITE).add(samples.get(Measure.CONTENT_WRITE).getLast());
      samples.get(Measure.OWN_READ).add(samples.get(Measure.CONTENT_READ).getLast());
    } else {
      read(contents);
      take(Measure.OWN_READ, () -> read(contents));
      remove(manager);
      write(contents);
      remove(manager);
      Session.settle();
      take(Measure.OWN_WRITE, () -> write(contents));
    }
    remove(manager);
  }

  /** Takes the blob away, and its bytes, which else would be found again by the next write. */
  private void remove(RemoteManager manager) throws IOException, InterruptedException {
    manager.contents().remove(SCOPE, client.digest());
    manager.leases().create(SCOPE, LEASE, Map.of());
    client.removeLease(side, LEASE);
  }

  private void withCpu(Measure wall, Measure cpu, Meter.Step step) throws IOException, InterruptedException {
    double before = cpuSeconds();
    take(wall, step);
    samples.get(cpu).add(new Sample(cpuSeconds() - before, OptionalDouble.empty()));
  }

  private double cpuSeconds() throws IOException, InterruptedException {
    return ProcessHandle.of(side.pid()).flatMap(p -> p.info().totalCpuDuration())
        .orElseThrow(() -> new IOException(side.name() + " is gone"))
        .toNanos() / 1e9;
  }

  private void read(Contents contents) throws IOException {
    long bytes = 0;
    byte[] chunk = new byte[CHUNK];
    try (var reader = contents.reader(SCOPE, client.digest()); InputStream in = reader.stream(0)) {
      for (int n; (n = in.read(chunk)) >= 0; ) bytes += n;
    }
    if (bytes != ApiClient.BYTES) throw new IOException("read " + bytes + " of " + ApiClient.BYTES + " bytes");
  }

  private void write(Contents contents) throws IOException {
    var spec = new WriterSpec("bench-own", Optional.of(client.digest()), OptionalLong.of(ApiClient.BYTES), Map.of());
    try (Writer writer = contents.writer(SCOPE, spec); FileChannel in = FileChannel.open(client.blob())) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
      while (in.read(chunk) >= 0) {
        writer.write(chunk.flip());
        chunk.clear();
      }
      writer.commit(client.digest(), ApiClient.BYTES);
    }
  }

  private void unary(RemoteManager manager) throws IOException, InterruptedException {
    Digest any = manager.contents().put(SCOPE, WriterSpec.of("bench-image"), "{}".getBytes(StandardCharsets.UTF_8)).digest();
    var target = io.gantry.api.Descriptor.of("application/vnd.oci.image.manifest.v1+json", any, 2);
    Image image = manager.images().put(SCOPE, "bench/unary:latest", target, Map.of());
    for (int i = 0; i < WARM; i++) calls(manager, image.name());
    take(Measure.UNARY, () -> calls(manager, image.name()));
    manager.images().remove(SCOPE, image.name());
  }

  private static void calls(RemoteManager manager, String name) throws IOException {
    for (int i = 0; i < CALLS; i++) manager.images().get(SCOPE, name);
  }

  private void collect(RemoteManager manager) throws IOException, InterruptedException {
    int before = manager.contents().list(SCOPE, Optional.empty(), BLOBS).size();
    manager.leases().create(SCOPE, LEASE, Map.of());
    Scope held = SCOPE.withLease(LEASE);
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      var all = new ArrayList<Future<?>>();
      for (int i = 0; i < BLOBS; i++) {
        byte[] bytes = ("blob " + i).getBytes(StandardCharsets.UTF_8);
        String ref = "bench-" + i;
        all.add(writers.submit(() -> manager.contents().put(held, WriterSpec.of(ref), bytes)));
      }
      for (Future<?> f : all) f.get();
    } catch (ExecutionException e) {
      throw new IOException("a blob could not be written: " + e.getCause().getMessage(), e.getCause());
    }
    Session.settle();
    take(Measure.COLLECT, () -> client.removeLease(side, LEASE));
    int left = manager.contents().list(SCOPE, Optional.empty(), BLOBS).size();
    if (left > before) throw new IOException(side.name() + " left " + left + " blobs, of which " + before + " were there before");
  }

  private void take(Measure measure, Meter.Step step) throws IOException, InterruptedException {
    samples.get(measure).add(meter.time(step));
  }
}
