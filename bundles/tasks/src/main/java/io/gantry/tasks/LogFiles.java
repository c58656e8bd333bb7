package io.gantry.tasks;

import io.gantry.api.NotFoundException;
import io.gantry.api.UnsupportedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;

/** One file per container with both its streams, written by its keeper also while no manager runs. */
final class LogFiles {
  private static final Duration LOOK = Duration.ofMillis(50);
  private final Path dir;

  LogFiles(Path dir) {
    this.dir = dir;
  }

  private Path path(String namespace, String id) {
    return dir.resolve(namespace).resolve(id + ".log");
  }

  /** An empty log of mode 0600, as a URI that runtimes take. */
  String create(String namespace, String id) throws IOException {
    Path file = path(namespace, id);
    Files.createDirectories(file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.deleteIfExists(file);
    Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return uri(namespace, id);
  }

  /** The same, as an earlier process of the container left it. @return whether it was made */
  boolean keep(String namespace, String id) throws IOException {
    if (Files.exists(path(namespace, id), LinkOption.NOFOLLOW_LINKS)) return false;
    create(namespace, id);
    return true;
  }

  /** The same, made or not. */
  String uri(String namespace, String id) {
    return "file://" + path(namespace, id).toUri().getRawPath();
  }

  OutputStream append(String namespace, String id) throws IOException {
    return Files.newOutputStream(path(namespace, id), StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
  }

  void remove(String namespace, String id) throws IOException {
    Files.deleteIfExists(path(namespace, id));
  }

  /** @param until where given, waits for more until that has ended */
  InputStream read(String namespace, String id, Optional<Live> until) throws IOException {
    Path file = path(namespace, id);
    if (!Files.exists(file)) return InputStream.nullInputStream();
    InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    return until.isPresent() ? new Following(in, until.get()) : in;
  }

  /** The same, of a file that a client gave. */
  static InputStream read(Path file, Optional<Live> until) throws IOException {
    InputStream in = Files.newInputStream(file);
    return until.isPresent() ? new Following(in, until.get()) : in;
  }

  /**
   * What comes into a file from now on, until a process has ended.
   *
   * @throws NotFoundException somebody removed it
   * @throws UnsupportedException it is no file
   */
  static InputStream follow(Path file, Live until) throws IOException {
    if (!Files.exists(file)) throw new NotFoundException("there is no file " + file + " any more, and what goes into it nobody can read");
    if (!Files.isRegularFile(file)) throw new UnsupportedException(file + " is no file whose end could be read on and on");
    SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.READ);
    try {
      channel.position(channel.size());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return new Following(Channels.newInputStream(channel), until);
  }

  /** Reads on at the end of the file until the process has ended, and then what came last. */
  private static final class Following extends InputStream {
    private final InputStream in;
    private final Live live;

    Following(InputStream in, Live live) {
      this.in = in;
      this.live = live;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      while (true) {
        boolean ended = live.exit().isPresent();
        int n = in.read(into, offset, length);
        if (n >= 0 || ended) return n;
        live.pause(LOOK);
      }
    }

    /** Of what is there: to read it, as streams do by themselves, would wait for more. */
    @Override
    public long skip(long n) throws IOException {
      return in.skip(n);
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
