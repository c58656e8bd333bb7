package io.gantry.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.gantry.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleException;
import org.slf4j.LoggerFactory;

/**
 * Runs the shell's commands against a manager at an address, which has a service of its own for each step of them: {@code Far HOME ADDRESS
 * CERT KEY CA TTY COLUMNS ROWS TERM WORD…}, from TTY on as {@link Cli} takes them. CERT, KEY and CA are files for TLS, or empty. One
 * process: a framework with the bundles that clients need, and the one-shot client beside it.
 *
 * <p>Exit codes: the command's, 1 where the address is wrong or nobody answers.
 */
public final class Far {
  private static final int FIXED = 5;
  /** Of the archive's bundles, by the beginnings of their files' names. What a command needs besides is the manager's business. */
  private static final List<String> BUNDLES = List.of("api-", "linux-", "jna-", "remote-", "transfer-", "commands-", "shell-", "jackson-",
      "jline-", "org.apache.felix.scr-", "org.apache.felix.configadmin-", "org.apache.felix.log-", "org.apache.felix.gogo.runtime-",
      "org.osgi.");

  /** Set by bundle remote where it cannot reach the manager. */
  private static final String PROBLEM = "gantry.remote.problem";

  private Far() {}

  public static void main(String[] args) {
    if (args.length < FIXED + 4) fail("usage: far HOME ADDRESS CERT KEY CA TTY COLUMNS ROWS TERM WORD…");
    try {
      run(args);
    } catch (IllegalArgumentException | IOException e) {
      fail(e.getMessage());
    } catch (BundleException e) {
      fail("the client's framework did not start: " + e.getMessage());
    }
  }

  private static void run(String[] args) throws IOException, BundleException {
    AddressArgument address = AddressArgument.parse(args[1]);
    String[] tls = tls(address, args);
    address.reach();
    silence();
    PrivateFolder folder = PrivateFolder.make(System.getenv("XDG_RUNTIME_DIR"));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "remove"));
    Path path = folder.path();
    System.setProperty("jna.tmpdir", path.toString()); // what natives unpack goes with the folder
    System.setProperty("io.grpc.netty.shaded.io.netty.native.workdir", path.toString());
    configure(path, address, tls);
    Platform.start(Path.of(args[0]).toAbsolutePath(), Far::isWanted, properties(path, address, args.length == FIXED + 4));
    if (System.getProperty(PROBLEM) != null) throw new IOException(System.getProperty(PROBLEM));
    List<String> words = new ArrayList<>(List.of(args).subList(FIXED, args.length));
    words.addFirst(path.resolve("shell.sock").toString());
    Cli.within(words.toArray(String[]::new), () -> remove(folder));
  }

  private static boolean isWanted(String jar) {
    return BUNDLES.stream().anyMatch(jar::startsWith);
  }

  private static String[] tls(AddressArgument address, String[] args) {
    String[] files = {args[2], args[3], args[4]};
    boolean some = !String.join("", files).isEmpty();
    if (address.isLocal() && some) throw new IllegalArgumentException(address.text() + " takes no certificates: a socket has its mode");
    if (address.isLocal()) return files;
    for (int i = 0; i < files.length; i++) {
      if (files[i].isEmpty()) {
        throw new IllegalArgumentException(address.text()
            + " needs --tls-cert, --tls-key and --tls-ca: managers of the network take calls by"
            + " mutual TLS alone");
      }
      files[i] = file(files[i]);
    }
    return files;
  }

  private static String file(String name) {
    Path path = Path.of(name).toAbsolutePath();
    if (!Files.isReadable(path)) throw new IllegalArgumentException("the file " + name + " for TLS is not there, or may not be read");
    return path.toString();
  }

  private static Map<String, String> properties(Path folder, AddressArgument address, boolean interactive) {
    var p = new HashMap<String, String>();
    p.put("gantry.root", folder.toString());
    p.put("gantry.state", folder.toString());
    p.put("gantry.client", "true");
    p.put("gantry.address", address.text());
    p.put("felix.cm.dir", folder.resolve("config").toString());
    if (interactive) history().ifPresent(file -> p.put("gantry.history", file.toString()));
    return p;
  }

  /** The user's own, for all managers; empty where his home cannot be written to, and then it goes with the session. */
  private static Optional<Path> history() {
    String state = System.getenv("XDG_STATE_HOME");
    Path base = state != null && state.startsWith("/") ? Path.of(state) : Path.of(System.getProperty("user.home"), ".local", "state");
    Path folder = base.resolve("gantry");
    try {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return Files.isWritable(folder) ? Optional.of(folder.resolve("history")) : Optional.empty();
    } catch (IOException e) {
      LoggerFactory.getLogger(Far.class).debug("no history: {}", e.toString());
      return Optional.empty();
    }
  }

  /** The component of bundle remote reads it before it is made the first time. */
  private static void configure(Path folder, AddressArgument address, String[] tls) throws IOException {
    String text = line("address", address.text()) + line("certificate", tls[0]) + line("key", tls[1]) + line("authorities", tls[2]);
    Path config = Files.createDirectory(folder.resolve("config"));
    Files.writeString(config.resolve("remote.config"), line("service.pid", "remote") + text);
  }

  private static String line(String key, String value) {
    return value.isEmpty() ? "" : key + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("=", "\\=").replace(" ", "\\ ")
        + "\"\n";
  }

  /** What goes wrong is told by the command; {@code GANTRY_CLIENT_LOG=DEBUG} shows more on the standard error. */
  private static void silence() {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(System.getenv("GANTRY_CLIENT_LOG"), Level.OFF));
  }

  private static void remove(PrivateFolder folder) {
    try {
      folder.close();
    } catch (IOException e) {
      System.err.println("gantry: " + folder.path() + " could not be removed: " + e.getMessage());
    }
  }

  private static void fail(String why) {
    System.err.println("gantry: " + why);
    Runtime.getRuntime().exit(1);
  }
}
