package io.gantry.metadata.mapdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.spi.metadata.Batch;
import io.gantry.spi.metadata.Key;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that commits is killed at random, again and again over one folder; 1,000 times with {@code -Dgantry.long}. */
class KillTest {
  private static final int WRITERS = 4;
  private static final int KEYS = 11;
  private static final Options OPTIONS = new Options(256 << 10, 400, 10);

  @Test
  void whatWasAcknowledgedIsThereAndNothingIsTorn(@TempDir Path temporary) throws Exception {
    Path root = temporary.resolve("store");
    int kills = System.getProperty("gantry.long") == null ? 20 : 1000;
    long seed = Long.getLong("gantry.seed", System.nanoTime());
    System.out.println("-Dgantry.seed=" + seed);
    var random = new Random(seed);
    long[] acknowledged = new long[WRITERS];
    long total = 0;
    for (int kill = 0; kill < kills; kill++) {
      total += commitAndKill(root, random.nextLong(), 20 + random.nextInt(250), acknowledged);
      try (var store = new JournaledStore(root, OPTIONS)) {
        for (int w = 0; w < WRITERS; w++) acknowledged[w] = whole(store, w, acknowledged[w]);
        if (random.nextInt(3) == 0) store.abandon();
      }
    }
    System.out.println(kills + " kills, " + total + " acknowledged commits, 0 lost, 0 torn");
    assertTrue(total > kills, "too few commits to mean anything: " + total);
  }

  private static long commitAndKill(Path root, long seed, int millis, long[] acknowledged) throws Exception {
    Process child = new ProcessBuilder(List.of(ProcessHandle.current().info().command().orElseThrow(), "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        // MapDB's lz4 unpacks a library where the class path is the application's, and a killed JVM does not remove it
        "--sun-misc-unsafe-memory-access=allow", "-Djava.io.tmpdir=" + root.getParent(), "-cp", System.getProperty("java.class.path"),
        Child.class.getName(), root.toString(), Long.toString(seed)))
        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    long count = 0;
    try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      Thread.ofVirtual().start(() -> {
        try {
          child.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        child.toHandle().destroyForcibly(); // not by the Process, which would close our end with lines still in it
      });
      for (; line != null; line = out.readLine()) {
        if (!line.endsWith(".")) break; // cut by the kill
        String[] f = line.substring(0, line.length() - 1).split(" ");
        acknowledged[Integer.parseInt(f[0])] = Long.parseLong(f[1]);
        count++;
      }
    } finally {
      child.toHandle().destroyForcibly();
      child.waitFor();
    }
    return count;
  }

  /** All keys of a writer are of one batch, and of none before the last acknowledged. */
  private static long whole(JournaledStore store, int writer, long acknowledged) throws Exception {
    long first = value(store, writer, 0);
    for (int k = 1; k < KEYS; k++) assertEquals(first, value(store, writer, k), "writer " + writer + " key " + k + " is torn");
    assertTrue(first == acknowledged || first == acknowledged + 1, "writer " + writer + " has " + first + ", acknowledged " + acknowledged);
    return first;
  }

  private static long value(JournaledStore store, int writer, int k) throws Exception {
    return store.get(key(writer, k)).map(r -> ByteBuffer.wrap(r.value()).getLong()).orElse(0L);
  }

  private static Key key(int writer, int k) {
    return new Key("kill", "w" + writer, "k" + k);
  }

  /** The JVM that is killed: writers that say each commit they were answered. */
  static final class Child {
    public static void main(String[] args) throws Exception {
      var store = new JournaledStore(Path.of(args[0]), OPTIONS);
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        Thread.ofPlatform().start(() -> write(store, writer, new Random(Long.parseLong(args[1]) + writer)));
      }
    }

    private static void write(JournaledStore store, int writer, Random random) {
      try {
        for (long n = value(store, writer, 0) + 1; ; n++) {
          var batch = Batch.builder();
          for (int k = 0; k < KEYS; k++) {
            batch.put(key(writer, k), ByteBuffer.allocate(8 + random.nextInt(200)).putLong(n).array());
          }
          store.commit(batch.build());
          byte[] line = (writer + " " + n + ".\n").getBytes(StandardCharsets.US_ASCII);
          synchronized (System.out) {
            System.out.write(line, 0, line.length);
            System.out.flush();
          }
        }
      } catch (Exception e) {
        e.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    }
  }
}
