package io.gantry.resolver.layout;

import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.UnavailableException;
import io.gantry.linux.At;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.linux.Fd;
import io.gantry.linux.Locks;
import io.gantry.linux.Open;
import io.gantry.oci.Descriptors;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.json.Json;
import io.gantry.spi.resolver.Resolved;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Fills a folder in OCI's layout, which is made where it is not there. A file gets its name when it is whole and on the disk. */
final class LayoutWriter implements Closeable {
  private static final int BUFFER = 256 << 10;
  private static final Duration LOCKED = Duration.ofSeconds(10);
  private static final long STEP_NANOS = Duration.ofMillis(10).toNanos();
  private static final byte[] HERE = name(".");
  private static final byte[] INDEX = name("index.json");
  private static final byte[] PASSING = name(".index.json.new");

  private final Fd folder;
  private final Resolved target;

  private LayoutWriter(Fd folder, Resolved target) {
    this.folder = folder;
    this.target = target;
  }

  static LayoutWriter open(Path root, Resolved target) throws IOException {
    return ErrnoException.told("pushing " + target.reference() + ": making its folder below " + root, () -> {
      try (Fd base = Fd.open(root)) {
        var writer = new LayoutWriter(make(base, target.reference().repository()), target);
        try {
          writer.begin();
          return writer;
        } catch (IOException | RuntimeException e) {
          writer.close();
          throw e;
        }
      }
    });
  }

  /** From the first blob on it is a layout. */
  private void begin() throws IOException {
    if (folder.find(name("oci-layout")).isPresent()) return;
    try (Fd file = folder.open(HERE, Open.RDWR | Open.TMPFILE, 0644)) {
      file.write(Json.bytes(Map.of("imageLayoutVersion", "1.0.0")));
      file.fsync();
      link(file, folder, "oci-layout");
    }
  }

  /** What has the name already stays. */
  private static void link(Fd file, Fd folder, String name) throws IOException {
    try {
      file.linkInto(folder, name(name));
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) throw e;
    }
    folder.fsync();
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A folder on a path, each part made, on the disk, where it is missing; no link leads out. */
  private static Fd make(Fd base, String path) throws IOException {
    for (int end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      byte[] part = name(end < 0 ? path : path.substring(0, end));
      try (Fd parent = parent(base, path, end)) {
        byte[] last = name(new String(part, StandardCharsets.UTF_8).replaceFirst(".*/", ""));
        int made = At.mkdir(parent.raw(), last, 0755);
        if (made < 0 && made != -Errno.EEXIST) throw new ErrnoException("mkdir '" + path + "'", -made);
        if (made == 0) parent.fsync();
      }
      if (end < 0) return base.beneath(part, Open.RDONLY | Open.DIRECTORY);
    }
  }

  private static Fd parent(Fd base, String path, int end) throws IOException {
    String part = end < 0 ? path : path.substring(0, end);
    int slash = part.lastIndexOf('/');
    return base.beneath(slash < 0 ? HERE : name(part.substring(0, slash)), Open.RDONLY | Open.DIRECTORY);
  }

  /** Brings a blob; what is there already stays. */
  void blob(Descriptor d, InputStream body) throws IOException {
    ErrnoException.told("pushing " + target.reference() + ": writing blob " + d.digest(), () -> {
      try (Fd blobs = make(folder, "blobs/" + d.digest().algorithm()); Fd file = blobs.open(HERE, Open.RDWR | Open.TMPFILE, 0644)) {
        copy(d, body, file);
        file.fsync();
        byte[] name = name(d.digest().hex());
        if (blobs.find(name).filter(s -> s.size() != d.size()).isPresent()) blobs.unlink(name); // what somebody left half-made
        link(file, blobs, d.digest().hex());
      }
      return true;
    });
  }

  private void copy(Descriptor d, InputStream body, Fd file) throws IOException {
    var hasher = new Hasher(d.digest().algorithm());
    byte[] buffer = new byte[BUFFER];
    long n = 0;
    for (int read = body.read(buffer); read >= 0 && n <= d.size(); read = body.read(buffer)) {
      hasher.update(buffer, 0, read);
      file.write(buffer, 0, read);
      n += read;
    }
    if (n != d.size()) throw corrupt(d, d.size() + " bytes", n > d.size() ? "more" : n + " bytes");
    Digest found = hasher.digest();
    if (!found.equals(d.digest())) throw corrupt(d, d.digest().toString(), found.toString());
  }

  private CorruptException corrupt(Descriptor d, String expected, String actual) {
    return new CorruptException("pushing " + target.reference() + ": blob " + d.digest() + " is not what was promised", expected, actual);
  }

  /** Gives the target its name; what else the index has stays. Under the lock. */
  void name(byte[] oldIndex) throws IOException {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", MediaTypes.OCI_INDEX);
    List<Object> entries = new ArrayList<>();
    if (oldIndex.length > 0) {
      var old = Json.object(oldIndex, target.reference() + ": index.json");
      index.putAll(old.asMap());
      for (var o : old.objects("manifests")) if (!replaced(Descriptors.read(o))) entries.add(o.asMap());
    }
    Descriptor t = target.target();
    Map<String, String> annotations = target.reference().tag().map(tag -> Map.of(Layout.NAME, tag)).orElse(Map.of());
    entries.add(Descriptors.write(new Descriptor(t.mediaType(), t.digest(), t.size(), annotations, t.platform(), List.of())));
    index.put("manifests", entries);
    replaceIndex(Json.bytes(index));
  }

  private boolean replaced(Descriptor old) {
    if (target.reference().tag().isPresent()) return Layout.isOf(old, target.reference());
    return old.digest().equals(target.target().digest()) && Layout.tag(old).isEmpty();
  }

  private void replaceIndex(byte[] bytes) throws IOException {
    try (Fd file = folder.open(HERE, Open.RDWR | Open.TMPFILE, 0644)) {
      file.write(bytes);
      file.fsync();
      if (folder.find(PASSING).isPresent()) folder.unlink(PASSING); // of one that was killed here: the folder is locked
      file.linkInto(folder, PASSING); // a link replaces nothing, so by way of a second name
    }
    folder.rename(PASSING, folder, INDEX, 0);
    folder.fsync();
  }

  /**
   * Until it is closed nobody else, of whichever program that locks so, changes the index. Blocks while another program does; an
   * interruption ends the wait.
   *
   * @throws UnavailableException another holds the folder for more than 10 s
   * @throws InterruptedIOException the thread is interrupted and the lock is not free
   */
  void lock() throws IOException {
    long end = System.nanoTime() + LOCKED.toNanos();
    while (!Locks.tryFlock(folder)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("pushing " + target.reference() + ": waiting for another program that holds its folder was"
            + " interrupted");
      }
      if (System.nanoTime() > end) {
        throw new UnavailableException("pushing " + target.reference() + ": another program has held its folder by flock for more than "
            + LOCKED.toSeconds() + " s; try again when that has ended");
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
  }

  @Override
  public void close() {
    folder.close();
  }
}
