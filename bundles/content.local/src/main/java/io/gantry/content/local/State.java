package io.gantry.content.local;

import io.gantry.api.Digest;
import io.gantry.spi.content.IngestKey;
import io.gantry.spi.content.IngestSpec;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What is kept of an ingest beside its bytes: a small text file {@code state-<epoch>} in the ingest's folder. The one of the largest epoch
 * counts, so that a late thread of an older instance changes nothing.
 *
 * @param held whether somebody holds it
 * @param data name of the file with the bytes
 * @param synced bytes that are surely on disk
 * @param process which process begun it: another one that is gone cannot have late threads
 * @param boot of the host: what was not synced before the last one is not to be trusted
 */
record State(
    IngestKey key, boolean held, OptionalLong total, Optional<Digest> expected, Instant started, Instant since, String data, long synced,
    String process, String boot) {
  private static final String PREFIX = "state-";
  private static final String PASSING = ".tmp";

  static State fresh(IngestSpec spec, Host host) {
    Instant now = Instant.now();
    return new State(new IngestKey(spec.ref(), spec.epoch(), UUID.randomUUID().toString()), true, spec.total(), spec.expected(), now, now,
        newData(), 0, host.process(), host.boot());
  }

  static String newData() {
    return "data-" + UUID.randomUUID();
  }

  /** The same ingest in the hands of another holder. */
  State taken(IngestSpec spec, String file, long durable, Host host) {
    return new State(new IngestKey(spec.ref(), spec.epoch(), UUID.randomUUID().toString()), true, or(spec.total(), total),
        spec.expected().or(this::expected), started, Instant.now(), file, durable, host.process(), host.boot());
  }

  private static OptionalLong or(OptionalLong a, OptionalLong b) {
    return a.isPresent() ? a : b;
  }

  State released(long durable) {
    return new State(key, false, total, expected, started, since, data, durable, process, boot);
  }

  State synced(long durable) {
    return new State(key, held, total, expected, started, since, data, durable, process, boot);
  }

  /** Whether a write as asked for is this one: what is given must equal what is kept, where something is kept. */
  boolean fits(IngestSpec spec) {
    boolean sameTotal = spec.total().isEmpty() || total.isEmpty() || spec.total().equals(total);
    return sameTotal && (spec.expected().isEmpty() || expected.isEmpty() || spec.expected().equals(expected));
  }

  /** The state that counts in this folder; none where there is no ingest. */
  static Optional<State> read(Path folder) throws IOException {
    for (Path p : files(folder).reversed()) {
      Optional<State> state = parse(Files.readString(p));
      if (state.isPresent()) return state;
    }
    return Optional.empty();
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return List.of();
    try (Stream<Path> names = Files.list(folder)) {
      return names.filter(p -> p.getFileName().toString().startsWith(PREFIX) && !p.getFileName().toString().endsWith(PASSING)).sorted()
          .toList();
    }
  }

  /** Makes this the state that counts, and removes those of smaller epochs. Not synced: what a power loss eats is an unfinished write. */
  void write(Path folder) throws IOException {
    Path file = folder.resolve(PREFIX + String.format(Locale.ROOT, "%016x", key.epoch()));
    Path passing = folder.resolve(file.getFileName() + "." + key.token() + PASSING);
    try (FileChannel out = Folder.create(passing)) {
      for (ByteBuffer b = ByteBuffer.wrap(text().getBytes(StandardCharsets.UTF_8)); b.hasRemaining(); ) out.write(b);
    } catch (IOException e) {
      Files.deleteIfExists(passing);
      throw e;
    }
    Files.move(passing, file, StandardCopyOption.ATOMIC_MOVE);
    for (Path old : files(folder)) if (old.compareTo(file) < 0) Files.deleteIfExists(old);
  }

  private String text() throws IOException {
    var p = new Properties();
    p.setProperty("ref", key.ref());
    p.setProperty("epoch", Long.toString(key.epoch()));
    p.setProperty("token", key.token());
    p.setProperty("held", Boolean.toString(held));
    total.ifPresent(t -> p.setProperty("total", Long.toString(t)));
    expected.ifPresent(d -> p.setProperty("expected", d.toString()));
    p.setProperty("started", started.toString());
    p.setProperty("since", since.toString());
    p.setProperty("data", data);
    p.setProperty("synced", Long.toString(synced));
    p.setProperty("process", process);
    p.setProperty("boot", boot);
    var text = new StringWriter();
    p.store(text, "an unfinished write");
    return text + "end=end\n";
  }

  /** A state that a power loss cut is none. */
  private static Optional<State> parse(String text) throws IOException {
    if (!text.endsWith("end=end\n")) return Optional.empty();
    var p = new Properties();
    p.load(new StringReader(text));
    String total = p.getProperty("total");
    return Optional.of(new State(
        new IngestKey(p.getProperty("ref"), Long.parseLong(p.getProperty("epoch")), p.getProperty("token")),
        Boolean.parseBoolean(p.getProperty("held")), total == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(total)),
        Optional.ofNullable(p.getProperty("expected")).map(Digest::parse), Instant.parse(p.getProperty("started")),
        Instant.parse(p.getProperty("since")), p.getProperty("data"), Long.parseLong(p.getProperty("synced")), p.getProperty("process"),
        p.getProperty("boot")));
  }
}
