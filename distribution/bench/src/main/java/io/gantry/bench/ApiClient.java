package io.gantry.bench;

import io.gantry.api.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** {@code ctr} against any daemon, and the bytes that are written and read. */
final class ApiClient {
  static final long BYTES = 1L << 30;
  static final String NAMESPACE = "default";
  private static final int CHUNK = 1 << 20;
  private final Path ctr;
  private final Path blob;
  private final String registry;
  private final Client client;
  private Digest digest;

  /** @param registry {@code HOST:PORT} on loopback */
  ApiClient(ContainerdSide.Programs programs, Path folder, String registry) {
    this.ctr = programs.ctr();
    this.blob = folder.resolve("blob");
    this.registry = registry;
    this.client = new Client(folder.resolve("api.out"), Map.of("PATH", programs.path()));
  }

  /** Bytes that no file system and no transport can make smaller; equal in every run. */
  void makeBlob() throws IOException {
    var random = new Random(1);
    byte[] chunk = new byte[CHUNK];
    MessageDigest sha = sha256();
    try (OutputStream out = Files.newOutputStream(blob)) {
      for (long at = 0; at < BYTES; at += CHUNK) {
        random.nextBytes(chunk);
        sha.update(chunk);
        out.write(chunk);
      }
    }
    digest = Digest.parse("sha256:" + HexFormat.of().formatHex(sha.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  Path blob() {
    return blob;
  }

  Digest digest() {
    return digest;
  }

  String image(String name) {
    return registry + "/" + name;
  }

  /** Writes the blob. */
  void ingest(Side side) throws IOException, InterruptedException {
    client.run(ctr(side, "content", "ingest", "--expected-size", Long.toString(BYTES), "--expected-digest", digest.toString(), "bench"),
        blob);
  }

  /** Reads it, into a file that is not on a disk. */
  void get(Side side) throws IOException, InterruptedException {
    new Client(Path.of("/dev/null"), Map.of()).run(ctr(side, "content", "get", digest.toString()));
  }

  void pull(Side side, String image) throws IOException, InterruptedException {
    client.run(ctr(side, "images", "pull", "--plain-http", image(image)));
  }

  /** Removes a lease, and waits for the collection after it. */
  void removeLease(Side side, String id) throws IOException, InterruptedException {
    client.run(ctr(side, "leases", "rm", "--sync", id));
  }

  private List<String> ctr(Side side, String... words) {
    var all = new ArrayList<String>(List.of(ctr.toString(), "--address", side.socket().toString(), "--namespace", NAMESPACE));
    all.addAll(List.of(words));
    return all;
  }
}
