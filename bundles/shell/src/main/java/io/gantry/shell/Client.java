package io.gantry.shell;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The other end of one connection: its streams, its window, its Ctrl-C and signals. */
final class Client implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Client.class);
  private static final byte[] END = new byte[0];
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;
  private static final int LAST_SIGNAL = 64;
  private final DataInputStream from;
  private final Outbox to;
  private final Inbox input = new Inbox();
  private final List<Consumer<int[]>> resizes = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> edited = new ArrayBlockingQueue<>(1);
  /** Signals of which the client is not told yet that they were heard. */
  private final AtomicInteger untold = new AtomicInteger();
  private volatile int columns;
  private volatile int rows;
  private final List<IntConsumer> signals = new CopyOnWriteArrayList<>();
  private volatile Runnable interrupt = () -> { };
  private volatile int signal = SIGINT;

  Client(SocketChannel channel) {
    this.from = new DataInputStream(new java.io.BufferedInputStream(Channels.newInputStream(channel)));
    this.to = new Outbox(Channels.newOutputStream(channel));
  }

  Request request() throws IOException {
    Request r = Request.read(Frame.read(from));
    columns = r.window().columns();
    rows = r.window().rows();
    return r;
  }

  int columns() {
    return columns;
  }

  int rows() {
    return rows;
  }

  List<Consumer<int[]>> resizes() {
    return resizes;
  }

  /** Who is told of the signals of the client; where nobody is, a signal interrupts the command. */
  List<IntConsumer> signals() {
    return signals;
  }

  /** Exit code of a command that was interrupted: 128 and the signal that did it. */
  int interrupted() {
    return 128 + signal;
  }

  void onInterrupt(Runnable action) {
    interrupt = action;
  }

  /** Takes frames until the client hangs up, which its command is told as SIGHUP where it wants to be, else interrupts it. */
  void serve() {
    boolean over = false;
    try {
      while (true) {
        Frame f = Frame.read(from);
        switch (f.type()) {
          case 'I' -> input.add(f.body());
          case 'E' -> input.add(END);
          case 'C' -> {
            interrupt.run();
            heard();
          }
          case 'S' -> {
            signal(f.body());
            heard();
          }
          case 'W' -> resize(Window.read(f));
          case 'V' -> edited(new String(f.body(), StandardCharsets.UTF_8));
          default -> throw new IOException("a frame of unknown type " + (int) f.type());
        }
      }
    } catch (ClosedChannelException e) {
      LOG.debug("the session is over");
      over = true;
    } catch (IOException e) {
      LOG.debug("the client is gone, or not to be understood: {}", e.toString());
    } finally {
      input.end();
      if (over || !told(SIGHUP)) interrupt.run();
    }
  }

  /** Beside the frames that come: a client that does not read must be heard further. One answer is enough for all that wait for it. */
  private void heard() {
    if (untold.getAndIncrement() == 0) Thread.ofVirtual().name("shell-heard").start(this::tellHeard);
  }

  private void tellHeard() {
    try {
      int told;
      do {
        told = untold.get();
        to.put('K', END);
      } while (untold.addAndGet(-told) != 0);
    } catch (IOException e) {
      LOG.debug("the client is gone: {}", e.toString());
    }
  }

  private void signal(byte[] body) throws IOException {
    if (body.length != 1 || body[0] < 1 || body[0] > LAST_SIGNAL) throw new IOException("a frame claims a signal that is none");
    if (told(body[0])) return;
    signal = body[0];
    interrupt.run();
  }

  /** Whether somebody wanted to be. */
  private boolean told(int number) {
    List<IntConsumer> listeners = List.copyOf(signals);
    for (IntConsumer s : listeners) s.accept(number);
    return !listeners.isEmpty();
  }

  private void edited(String outcome) throws IOException {
    if (!edited.offer(outcome)) throw new IOException("the client tells the outcome of an editing that nobody asked for");
  }

  private void resize(Window window) {
    columns = window.columns();
    rows = window.rows();
    for (Consumer<int[]> r : resizes) r.accept(new int[] {columns, rows});
  }

  /** Waits until all output is sent, or the client is gone. */
  @Override
  public void close() {
    to.close();
  }

  /** The last word. */
  void exit(int code) throws IOException {
    to.put('X', ByteBuffer.allocate(4).putInt(code).array());
  }

  void raw(boolean on) {
    try {
      to.put('R', new byte[] {(byte) (on ? 1 : 0)});
    } catch (IOException e) {
      LOG.debug("the client is gone: {}", e.toString());
    }
  }

  /**
   * Has the user change a file in an editor of his, which has his terminal meanwhile. Interruption ends the waiting, and stays.
   *
   * @return why that came to nothing; empty where it was done
   */
  String edit(String file) {
    try {
      edited.clear();
      to.put('V', file.getBytes(StandardCharsets.UTF_8));
      return edited.take();
    } catch (IOException e) {
      return "the client is gone: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "waiting for the editor was interrupted";
    }
  }

  PrintStream out() {
    return new PrintStream(new Out('1'), false, StandardCharsets.UTF_8);
  }

  PrintStream err() {
    return new PrintStream(new Out('2'), true, StandardCharsets.UTF_8);
  }

  OutputStream bytes() {
    return new Out('1');
  }

  InputStream in() {
    return new In();
  }

  private final class Out extends OutputStream {
    private final char type;

    Out(char type) {
      this.type = type;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int offset, int length) throws IOException {
      for (int at = offset; at < offset + length; at += Frame.CHUNK) {
        to.put(type, Arrays.copyOfRange(b, at, Math.min(at + Frame.CHUNK, offset + length)));
      }
    }
  }

  /** Asks for input only when somebody reads, so that a command which reads nothing takes nothing of the user's. */
  private final class In extends InputStream {
    private byte[] chunk = new byte[0];
    private int at;
    private boolean ended;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] b, int offset, int length) throws IOException {
      if (length == 0) return 0;
      if (at == chunk.length && !next()) return -1;
      int n = Math.min(length, chunk.length - at);
      System.arraycopy(chunk, at, b, offset, n);
      at += n;
      return n;
    }

    @Override
    public synchronized int available() {
      return chunk.length - at;
    }

    private boolean next() throws IOException {
      if (ended) return false;
      if (input.isEmpty()) to.put('N', END);
      try {
        chunk = input.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("reading the input was interrupted");
      }
      at = 0;
      ended = chunk.length == 0;
      return !ended;
    }
  }
}
