package io.gantry.remote;

import com.google.protobuf.ByteString;
import io.gantry.api.CorruptException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.wire.logs.LogsGrpc;
import io.gantry.wire.logs.ReadLogRequest;
import io.gantry.wire.logs.ReadLogResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/**
 * What a container of another Gantry writes into a file, by one call; no more comes than is read. A call that breaks is made again from
 * where it stands: the manager may have been started anew, and what is followed goes on beneath it. One thread reads; any may close it.
 */
final class RemoteLog extends InputStream {
  /** Where to begin: at what is there already, or behind it. */
  static final long START = 0;

  static final long END = -1;

  /** How long a manager may be away, where what is there is read. */
  private static final Duration AWAY = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Link link;
  private final Scope scope;
  private final String container;
  private final boolean follow;
  private volatile Answers<ReadLogResponse> answers;
  private volatile boolean closed;
  private long position;
  private ByteString piece = ByteString.EMPTY;
  private int taken;

  private RemoteLog(Link link, Scope scope, String container, boolean follow) {
    this.link = link;
    this.scope = scope;
    this.container = container;
    this.follow = follow;
  }

  /**
   * Begins to read; what is written from now on is seen.
   *
   * @param scope whose deadline ends the stream, too
   * @param from {@link #START} or {@link #END}
   * @throws io.gantry.api.UnsupportedException that manager has no logs
   */
  static RemoteLog open(Link link, Scope scope, String container, boolean follow, long from) throws IOException {
    var log = new RemoteLog(link, scope, container, follow);
    log.position = log.begin(from);
    return log;
  }

  /** @return where it does begin */
  private long begin(long from) throws IOException {
    var request = ReadLogRequest.newBuilder().setContainerId(container).setOffset(from).setFollow(follow).build();
    answers = link.stream(scope, LogsGrpc.getReadMethod(), request);
    if (closed) answers.close();
    return answers.next().orElseThrow(() -> new IOException("the log of container '" + container + "' does not tell where it begins"))
        .getOffset();
  }

  @Override
  public int read() throws IOException {
    return more() ? piece.byteAt(taken++) & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) return 0;
    if (!more()) return -1;
    int n = Math.min(length, piece.size() - taken);
    piece.copyTo(into, taken, offset, n);
    taken += n;
    return n;
  }

  private boolean more() throws IOException {
    while (taken == piece.size()) {
      Optional<ReadLogResponse> next = next();
      if (next.isEmpty()) return false;
      if (next.get().getOffset() != position) {
        throw new CorruptException("the log of container '" + container + "' came in another order", "bytes from " + position, "from "
            + next.get().getOffset());
      }
      piece = next.get().getData();
      taken = 0;
      position += piece.size();
    }
    return true;
  }

  /** Empty at its end, and once it is closed. */
  private Optional<ReadLogResponse> next() throws IOException {
    if (closed) return Optional.empty();
    try {
      return answers.next();
    } catch (UnavailableException e) {
      return again(e);
    }
  }

  private Optional<ReadLogResponse> again(UnavailableException lost) throws IOException {
    long since = System.nanoTime();
    Duration away = follow ? RemoteProcess.AWAY : AWAY;
    UnavailableException why = lost;
    while (!closed) {
      try {
        begin(position);
        return answers.next();
      } catch (UnavailableException e) {
        why = e;
      }
      if (System.nanoTime() - since > away.toNanos() || !link.patience().pause(PAUSE)) throw why;
    }
    return Optional.empty();
  }

  @Override
  public long skip(long n) throws IOException {
    long at = position - piece.size() + taken;
    if (n <= 0 || closed) return 0;
    answers.close();
    long end = begin(END);
    position = n < end - at ? restart(at + n) : end;
    piece = ByteString.EMPTY;
    taken = 0;
    return position - at;
  }

  private long restart(long from) throws IOException {
    answers.close();
    return begin(from);
  }

  @Override
  public int available() {
    return piece.size() - taken;
  }

  /** Ends a read that waits too. */
  @Override
  public void close() {
    closed = true;
    answers.close();
  }
}
