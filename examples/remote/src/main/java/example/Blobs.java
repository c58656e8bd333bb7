package example;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.remote.Address;
import io.gantry.remote.RemoteManager;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Image;
import io.gantry.service.record.Lease;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Blobs and images of a manager, a Gantry or a containerd:
 *
 * <pre>
 * java example.Blobs unix:///run/gantry/gantry.sock images
 * java example.Blobs unix:///run/gantry/gantry.sock put FILE
 * java example.Blobs unix:///run/gantry/gantry.sock get DIGEST FILE
 * </pre>
 *
 * <p>Exit codes: 0; 1 with one line on the standard error; 2 for other words than these.
 */
public final class Blobs {
  private static final int PAGE = 100;
  private final RemoteManager manager;
  private final Scope scope;

  private Blobs(RemoteManager manager, Scope scope) {
    this.manager = manager;
    this.scope = scope;
  }

  public static void main(String[] args) {
    if (args.length < 2 || args.length != words(args[1])) {
      System.err.println("usage: java example.Blobs ADDRESS images | put FILE | get DIGEST FILE");
      System.exit(2);
    }
    System.setProperty("slf4j.internal.verbosity", "ERROR"); // that nothing takes the log is meant so
    try (RemoteManager manager = RemoteManager.connect(Address.parse(args[0]))) {
      Blobs blobs = new Blobs(manager, Scope.root().within(Duration.ofMinutes(10)));
      switch (args[1]) {
        case "images" -> blobs.images();
        case "put" -> System.out.println(blobs.put(Path.of(args[2])));
        default -> blobs.get(Digest.parse(args[2]), Path.of(args[3]));
      }
    } catch (IOException | IllegalArgumentException e) { // messages of files are a name alone
      System.err.println("Blobs: " + (e instanceof FileSystemException ? e.toString() : e.getMessage()));
      System.exit(1);
    }
  }

  /** How many there are with a command; 0 where it is none. */
  private static int words(String command) {
    return switch (command) {
      case "images" -> 2;
      case "put" -> 3;
      case "get" -> 4;
      default -> 0;
    };
  }

  private void images() throws IOException {
    String after = "";
    for (List<Image> page = manager.images().list(scope, after, PAGE); !page.isEmpty(); page = manager.images().list(scope, after, PAGE)) {
      for (Image i : page) System.out.println(i.name() + " " + i.target().digest());
      after = page.getLast().name();
    }
  }

  /** A lease of an hour holds the blob until something refers to it. A put that was cut begins anew: the file may be another one by now. */
  private Digest put(Path file) throws IOException {
    Map<String, String> hour = Map.of(Lease.EXPIRE, Instant.now().plus(Duration.ofHours(1)).toString());
    Scope held = scope.withLease(manager.leases().create(scope, "", hour).id());
    Contents contents = manager.contents();
    try (Writer writer = contents.writer(held, WriterSpec.of("put-" + file.toAbsolutePath()))) {
      writer.truncate();
      contents.write(writer, offset -> {
        InputStream in = Files.newInputStream(file);
        in.skipNBytes(offset); // after a break of the connection it goes on where it stood
        return in;
      });
      Info made = writer.commit(writer.digest(), Files.size(file));
      return made.digest();
    }
  }

  /** The end of the stream is given only where size and digest hold. */
  private void get(Digest digest, Path file) throws IOException {
    try (Reader reader = manager.contents().reader(scope, digest); InputStream in = reader.stream(0)) {
      Files.copy(in, file);
    }
  }
}
