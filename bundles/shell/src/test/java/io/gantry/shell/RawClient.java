package io.gantry.shell;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Speaks the protocol frame by frame, also wrongly. */
final class RawClient implements Closeable {
  private final SocketChannel channel;
  private final DataInputStream from;
  private final DataOutputStream to;
  private int heard;
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

  RawClient(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    from = new DataInputStream(Channels.newInputStream(channel));
    to = new DataOutputStream(Channels.newOutputStream(channel));
  }

  RawClient ask(String... words) throws IOException {
    return askOn("dumb", words);
  }

  /** @param terminal its type */
  RawClient askOn(String terminal, String... words) throws IOException {
    byte[] type = terminal.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(10_000).put((byte) 1).putInt(80).putInt(24).putInt(type.length).put(type);
    b.putInt(4).put("/tmp".getBytes(StandardCharsets.UTF_8));
    b.putInt(words.length);
    for (String w : words) b.putInt(w.getBytes(StandardCharsets.UTF_8).length).put(w.getBytes(StandardCharsets.UTF_8));
    byte[] body = new byte[b.position()];
    b.flip().get(body);
    return send('A', body);
  }

  RawClient send(char type, byte[] body) throws IOException {
    return header(type, body.length).bytes(body);
  }

  RawClient header(char type, int length) throws IOException {
    to.writeByte(type);
    to.writeInt(length);
    return this;
  }

  RawClient bytes(byte[] body) throws IOException {
    to.write(body);
    to.flush();
    return this;
  }

  RawClient type(String keys) throws IOException {
    return send('I', keys.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads until output holds a text. */
  RawClient until(String text) throws IOException {
    return until(text, output -> output.contains(text));
  }

  /** @param what is waited for, in words */
  RawClient until(String what, Predicate<String> reached) throws IOException {
    while (!reached.test(output())) {
      Frame f;
      try {
        f = Frame.read(from);
      } catch (IOException e) {
        throw new IOException("ended before it said '" + what + "': " + output(), e);
      }
      if (f.type() == 'X') throw new IOException("ended with " + f.buffer().getInt() + " before it said '" + what + "': " + output());
      if (f.type() == '1' || f.type() == '2') seen.write(f.body());
    }
    return this;
  }

  /** Reads to the end. */
  int exit() throws IOException {
    while (true) {
      Frame f = Frame.read(from);
      if (f.type() == 'X') return f.buffer().getInt();
      if (f.type() == 'K') heard++;
      if (f.type() == '1' || f.type() == '2') seen.write(f.body());
    }
  }

  /** Reads until one more signal was heard; how many that makes. */
  int untilHeard() throws IOException {
    while (true) {
      char type = Frame.read(from).type();
      if (type == 'K') return ++heard;
      if (type == 'X') throw new IOException("ended before it said that it heard a signal");
    }
  }

  /** How often a signal was said to be heard; not what {@link #until} passed over. */
  int heard() {
    return heard;
  }

  String output() {
    return seen.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
