package io.gantry.cli;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;

/**
 * Sends one command to a manager and shows what it answers: {@code Cli SOCKET TTY COLUMNS ROWS TERM WORD…}, where TTY is 1
 * where input and output are a terminal, 2 where the input alone is, else 0. One class, no dependency, so
 * that it starts in the time the JVM needs. Standard input is read only when the command asks for it.
 */
public final class Cli {
  private static final int FIXED = 5;
  private static final int NO_MANAGER = 1;
  private static final int RUN_FAILED = 125;
  private static final int SIGPIPE = 13;
  private static final int PATIENCE = 3;
  private static final long FAREWELL_MILLIS = 1000;
  private final DataInputStream from;
  private final DataOutputStream to;
  private final Semaphore wanted = new Semaphore(0);
  private final CountDownLatch asked = new CountDownLatch(1);
  private final AtomicInteger unheard = new AtomicInteger();
  private String saved = "";
  private boolean interactive;
  private boolean terminal;
  private volatile boolean editing;
  /** Nobody reads what is shown; on the thread of the answers alone. */
  private boolean unread;
  /** Done before the process ends. */
  private final Runnable last;
  /** Whether what answers is in this process, and ends with it. */
  private final boolean with;
  private final CountDownLatch answered = new CountDownLatch(1);

  private Cli(SocketChannel channel, Runnable last, boolean with) {
    this.last = last;
    this.with = with;
    from = new DataInputStream(new java.io.BufferedInputStream(Channels.newInputStream(channel), 64 * 1024));
    to = new DataOutputStream(new java.io.BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024));
  }

  public static void main(String[] args) {
    if (!areText(args)) {
      System.err.println("gantry: an argument is not UTF-8; a command takes text, and bytes through its standard input");
      Runtime.getRuntime().halt(NO_MANAGER);
    }
    ask(args, () -> { }, false);
  }

  /**
   * The same beside the shell that answers, in one process, which has ended then: nobody comes back from here.
   *
   * @param args as {@link #main} takes them
   * @param last done before the process ends, on whichever thread that is; perhaps twice
   */
  public static void within(String[] args, Runnable last) {
    ask(args, last, true);
  }

  private static void ask(String[] args, Runnable last, boolean with) {
    int code;
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(args[0]))) {
      code = new Cli(channel, last, with).run(args);
    } catch (IOException e) {
      String what = "gantry: no manager answers on " + args[0] + " (" + e.getMessage() + "); ";
      System.err.println(what + ("Permission denied".equals(e.getMessage()) ? "only root may ask a manager"
          : "'gantry status' tells, 'gantry start' starts one"));
      code = failure(args);
    }
    last.run();
    Runtime.getRuntime().halt(code); // threads that read the input are left behind
  }

  private void halt(int code) {
    last.run();
    Runtime.getRuntime().halt(code);
  }

  /** Where a command of the user is run, 1 may be its own. */
  private static int failure(String[] args) {
    return args.length > FIXED && (args[FIXED].equals("ctr:run") || args[FIXED].equals("ctr:exec")
        || args[FIXED].equals("ctr:attach")) ? RUN_FAILED : NO_MANAGER;
  }

  /** The JVM puts U+FFFD for bytes that are no text; the kernel has them as they were given. */
  private static boolean areText(String[] args) {
    if (String.join("", args).indexOf('\uFFFD') < 0) return true;
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(Path.of("/proc/self/cmdline"))));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    } catch (IOException e) {
      return true; // no /proc: nobody can tell
    }
  }

  private int run(String[] args) throws IOException {
    terminal = args[1].equals("1");
    Signal.handle(new Signal("INT"), s -> {
      if (editing) return; // the editor's own affair
      patience(s.getNumber());
      tell('C', new byte[0]);
    });
    interactive = args.length == FIXED;
    for (String name : new String[] {"TERM", "HUP"}) {
      Signal.handle(new Signal(name), s -> {
        // a terminal that was closed has nobody to wait for; the manager hangs up the command's as we go
        if (interactive || terminal && s.getName().equals("HUP")) leave(s.getNumber());
        patience(s.getNumber());
        tell('S', new byte[] {(byte) s.getNumber()}); // the command's business: a container's process gets it
      });
    }
    if (terminal) Signal.handle(new Signal("WINCH"), s -> window());
    send('A', request(args)); // after the handlers, or a signal in between would end us and leave the command to itself
    asked.countDown();
    Thread input = new Thread(this::input, "input");
    input.setDaemon(true);
    input.start();
    try {
      return answers(args);
    } finally {
      answered.countDown();
      raw(false);
    }
  }

  private int answers(String[] args) throws IOException {
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    OutputStream err = new FileOutputStream(FileDescriptor.err);
    while (true) {
      char type;
      byte[] body;
      try {
        type = (char) from.readUnsignedByte();
        body = new byte[from.readInt()];
        from.readFully(body);
        unheard.set(0);
      } catch (IOException e) {
        if (unread) return 128 + SIGPIPE;
        boolean drawn = !saved.isEmpty();
        raw(false);
        System.err.println((drawn ? "\n" : "") + "gantry: the manager ended before it answered");
        return failure(args);
      }
      switch (type) {
        case '1' -> show(out, body);
        case '2' -> show(err, body);
        case 'N' -> wanted.release();
        case 'K' -> { } // a signal was heard
        case 'R' -> raw(body[0] != 0);
        case 'V' -> send('V', edit(new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
        case 'X' -> {
          return unread ? 128 + SIGPIPE : ByteBuffer.wrap(body).getInt();
        }
        default -> throw new IOException("an answer of unknown type " + (int) type);
      }
    }
  }

  /**
   * Where nobody reads any more, as behind head, the command is told, and we end with it as SIGPIPE would end us: a container is gone then,
   * and its name is free.
   */
  private void show(OutputStream to, byte[] body) throws IOException {
    if (unread) return;
    try {
      to.write(body);
    } catch (IOException e) {
      unread = "Broken pipe".equals(e.getMessage());
      if (unread && !interactive) {
        send('S', new byte[] {SIGPIPE});
        return;
      }
      raw(false);
      if (!unread) System.err.println("gantry: the output could not be written: " + e.getMessage());
      halt(unread ? 128 + SIGPIPE : 1);
    }
  }

  /** Lets the user change a file in an editor, whose words are run as they are; why that came to nothing, empty where it was done. */
  private String edit(String file) {
    String editor = "";
    for (String name : List.of("VISUAL", "EDITOR")) if (editor.isEmpty()) editor = System.getenv().getOrDefault(name, "").strip();
    if (editor.isEmpty() && !terminal) return "there is no terminal for vi; set VISUAL or EDITOR to a program that needs none";
    if (editor.isEmpty()) editor = "vi";
    List<String> words = new ArrayList<>(List.of(editor.split("\\s+")));
    words.add(file);
    editing = true;
    try {
      int code = new ProcessBuilder(words).inheritIO().start().waitFor();
      return code == 0 ? "" : "the editor '" + editor + "' ended with exit code " + code;
    } catch (IOException e) {
      return "the editor '" + editor + "' could not be started (" + e.getMessage() + "); set VISUAL or EDITOR to another";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "waiting for the editor '" + editor + "' was interrupted";
    } finally {
      editing = false;
    }
  }

  private void input() {
    InputStream in = new FileInputStream(FileDescriptor.in);
    byte[] chunk = new byte[16 * 1024];
    try {
      while (true) {
        wanted.acquire();
        int n = in.read(chunk);
        if (n < 0) break;
        send('I', chunk, n);
      }
      send('E', new byte[0]);
    } catch (IOException e) {
      System.err.println("gantry: the input ended: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** With the folder from which names of files are meant: the manager has another one. */
  private static byte[] request(String[] args) {
    byte[][] words = new byte[args.length - FIXED][];
    int size = 0;
    for (int i = 0; i < words.length; i++) {
      words[i] = args[FIXED + i].getBytes(StandardCharsets.UTF_8);
      size += 4 + words[i].length;
    }
    byte[] term = args[4].getBytes(StandardCharsets.UTF_8);
    byte[] cwd = System.getProperty("user.dir").getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(1 + 4 + 4 + 4 + term.length + 4 + cwd.length + 4 + size);
    b.put((byte) number(args[1], 0)).putInt(number(args[2], 80)).putInt(number(args[3], 24)).putInt(term.length).put(term)
        .putInt(cwd.length).put(cwd).putInt(words.length);
    for (byte[] w : words) b.putInt(w.length).put(w);
    return b.array();
  }

  private static int number(String text, int otherwise) {
    return text.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(text) : otherwise;
  }

  private void window() {
    try {
      String[] size = stty("size").strip().split(" ");
      if (size.length == 2) tell('W', ByteBuffer.allocate(8).putInt(number(size[1], 80)).putInt(number(size[0], 24)).array());
    } catch (IOException e) {
      System.err.println("gantry: the window's size is not known: " + e.getMessage());
    }
  }

  private synchronized void raw(boolean on) throws IOException {
    if (on && saved.isEmpty()) {
      saved = stty("-g").strip();
      stty("raw", "-echo");
    } else if (!on && !saved.isEmpty()) {
      stty(saved);
      saved = "";
    }
  }

  /** A manager that hangs keeps nobody: the third signal in a row that it did not hear ends us. */
  private void patience(int signal) {
    if (unheard.incrementAndGet() < PATIENCE) return;
    System.err.println("gantry: the manager does not hear the third signal either; its command is left to it");
    leave(signal);
  }

  /** Ends as the signal would have ended us, and leaves the terminal as it was. */
  private void leave(int signal) {
    try {
      raw(false);
    } catch (IOException e) {
      System.err.println("gantry: the terminal is not as it was: " + e.getMessage());
    }
    if (with && !interactive) farewell(signal);
    halt(128 + signal);
  }

  /** Where the manager is this process, it cannot notice that we are gone: the command is told before. */
  private void farewell(int signal) {
    tell('S', new byte[] {(byte) signal});
    try {
      answered.await(FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String stty(String... words) throws IOException {
    String[] command = new String[words.length + 1];
    command[0] = "stty";
    System.arraycopy(words, 0, command, 1, words.length);
    Process p = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT).redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    try (InputStream in = p.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** On the thread of a signal: the request goes first. */
  private void tell(char type, byte[] body) {
    try {
      asked.await();
      send(type, body);
    } catch (InterruptedException e) {
      halt(NO_MANAGER);
    }
  }

  private void send(char type, byte[] body) {
    send(type, body, body.length);
  }

  private void send(char type, byte[] body, int length) {
    synchronized (to) {
      try {
        to.writeByte(type);
        to.writeInt(length);
        to.write(body, 0, length);
        to.flush();
      } catch (IOException e) { // the manager needs nothing more: what it answered before, or that it did not, is still read
        return;
      }
    }
  }
}
