package io.gantry.commands.dist;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Digest;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Source;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:ingest}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=ingest"})
public final class Ingest extends Verb {
  @Reference Contents contents;

  public Ingest() {
    super(new Syntax("dist:ingest", "Bring a blob's bytes into the content store, print its digest")
        .option("--expected-digest", "", "DIGEST", "Digest that the bytes must have", "digest")
        .option("--expected-size", "", "N", "Bytes that it must have", "")
        .many("--label", "-l", "KEY=VALUE", "Label of the blob", "")
        .operand("REF", "write")
        .optional("FILE", "file")
        .details("Without FILE, or where it is -, the standard input is read.\n"
            + "REF names the write. One that was cut goes on where it stopped, where --expected-digest says that its bytes are the same; "
            + "else it is begun anew.\n"
            + "A blob that nothing needs goes with the garbage collection, unless it has the label containerd.io/gc.root.")
        .example("dist:ingest my-layer layer.tar.gz")
        .example("dist:ingest my-layer -l containerd.io/gc.root=mine < layer.tar.gz"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Optional<Digest> expected = args.has("--expected-digest") ? Optional.of(Digests.of(args, args.get("--expected-digest", "")))
        : Optional.empty();
    OptionalLong size = size(args);
    var spec = new WriterSpec(args.operand(0), expected, size, Pairs.of(args, args.all("--label")));
    Source source = source(args, console);
    Digest digest;
    try (Writer writer = contents.writer(args.scope(), spec)) {
      if (expected.isEmpty()) writer.truncate(); // what is there may be of other bytes
      contents.write(writer, source);
      digest = writer.commit(expected.isPresent() ? expected.get() : writer.digest(), size.orElse(-1)).digest();
    } catch (AlreadyExistsException e) {
      if (expected.isEmpty()) throw e;
      digest = contents.info(args.scope(), expected.get()).digest(); // it is what was wanted
    }
    console.out().println(digest);
    return 0;
  }

  private static OptionalLong size(Args args) throws IOException {
    if (!args.has("--expected-size")) return OptionalLong.empty();
    String n = args.get("--expected-size", "");
    if (n.matches("[0-9]{1,18}")) return OptionalLong.of(Long.parseLong(n));
    throw args.wrong("--expected-size is '" + n + "', expected bytes");
  }

  private static Source source(Args args, Console console) throws IOException {
    String name = args.operand(1, "-");
    if (name.equals("-")) return new Input(console.in());
    Path file;
    try {
      file = console.file(name);
    } catch (InvalidPathException e) {
      throw args.wrong("'" + name + "' is no file's name");
    }
    if (!Files.exists(file)) throw new NotFoundException("dist:ingest: there is no file " + file);
    return offset -> {
      InputStream in = Files.newInputStream(file);
      in.skipNBytes(offset);
      return in;
    };
  }

  /** What comes once, and cannot be read again; but at its end there is nothing to read again. */
  private static final class Input implements Source {
    private final InputStream in;
    private boolean read;
    private long place;
    private boolean ended;

    Input(InputStream in) {
      this.in = in;
    }

    @Override
    public InputStream open(long offset) throws IOException {
      if (ended && offset == place) return InputStream.nullInputStream();
      if (read) throw new IOException("dist:ingest: the standard input was cut, and cannot be read again; give a FILE");
      read = true;
      skip(offset);
      return new InputStream() {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
          int n = in.read(bytes, from, count);
          if (n < 0) ended = true;
          else place += n;
          return n;
        }
      };
    }

    private void skip(long offset) throws IOException {
      try {
        in.skipNBytes(offset);
        place = offset;
      } catch (EOFException e) {
        throw new InvalidException("dist:ingest: the standard input ended before byte " + offset
            + ", where the write stands that was cut; give it from its beginning, all of it", e);
      }
    }
  }
}
