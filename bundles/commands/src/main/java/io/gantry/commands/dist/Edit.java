package io.gantry.commands.dist;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Digest;
import io.gantry.api.UnsupportedException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Reader;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:edit}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=edit"})
public final class Edit extends Verb {
  private static final String PREFIX = "edit-";
  @Reference Contents contents;
  @Activate BundleContext context;

  public Edit() {
    super(new Syntax("dist:edit", "Change a blob's bytes in an editor, and print the new digest")
        .many("--label", "-l", "KEY=VALUE", "Label of the new blob", "")
        .operand("DIGEST", "digest")
        .details(
            "The editor is $VISUAL, else $EDITOR, else vi: words with blanks between, of which no quotes are taken. It gets a copy that "
            + "only root can read. Where it ends with another code than 0, nothing is made. The standard input is the editor's own.\n"
            + "The blob itself stays as it is. The new one has no labels of it, and goes with the garbage collection, unless something "
            + "comes to need it, or it has the label containerd.io/gc.root.")
        .example("dist:edit sha256:6c3c624b58db…")
        .example("dist:edit -l containerd.io/gc.root=mine sha256:6c3c624b58db…"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Digest digest = Digests.of(args, args.operand(0));
    Map<String, String> labels = Pairs.of(args, args.all("--label"));
    if (!(console.session().get(".gantry.edit") instanceof UnaryOperator<?> editor)) {
      throw new UnsupportedException("dist:edit: an editor needs the terminal for itself; leave this shell, and say 'gantry dist:edit "
          + digest + "'");
    }
    Path file = file();
    try {
      try (Reader reader = contents.reader(args.scope(), digest);
          InputStream in = reader.stream(0);
          OutputStream out = Files.newOutputStream(file)) { // a copy that replaces it would have other permissions
        in.transferTo(out);
      }
      edit(editor, file);
      Digest made = digest(file);
      make(args, new WriterSpec(file.getFileName().toString(), Optional.of(made), OptionalLong.of(Files.size(file)), labels), file);
      console.out().println(made);
      return 0;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** In a folder that root alone may enter; what a manager that was killed left there goes. */
  private Path file() throws IOException {
    Path state = Path.of(context.getProperty("gantry.state"));
    String ours = PREFIX + context.getProperty("gantry.boot") + "-";
    try (DirectoryStream<Path> left = Files.newDirectoryStream(state, PREFIX + "*")) {
      for (Path p : left) if (!p.getFileName().toString().startsWith(ours)) Files.deleteIfExists(p);
    }
    Path file = state.resolve(ours + UUID.randomUUID());
    return Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  @SuppressWarnings("unchecked")
  private static void edit(UnaryOperator<?> editor, Path file) throws IOException {
    String why = ((UnaryOperator<String>) editor).apply(file.toString());
    if (Thread.currentThread().isInterrupted()) throw new InterruptedIOException("dist:edit was interrupted; nothing was made");
    if (!why.isEmpty()) throw new IOException("dist:edit: " + why + "; nothing was made");
    if (!Files.isRegularFile(file)) throw new IOException("dist:edit: the editor took the file away; nothing was made");
  }

  private static Digest digest(Path file) throws IOException {
    try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return Digest.sha256(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  private void make(Args args, WriterSpec spec, Path file) throws IOException {
    try (Writer writer = contents.writer(args.scope(), spec)) {
      contents.write(writer, offset -> {
        InputStream in = Files.newInputStream(file);
        in.skipNBytes(offset);
        return in;
      });
      writer.commit(spec.expected().orElseThrow(), Files.size(file));
    } catch (AlreadyExistsException e) {
      contents.label(args.scope(), spec.expected().orElseThrow(), spec.labels()); // as where nothing was changed
    }
  }
}
