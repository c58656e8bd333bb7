package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Labels;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.service.content.Info;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;

/**
 * A write of the other manager. It outlives a lost connection and a manager that is started anew: the next call opens it again, and where
 * bytes on their way were lost, says so.
 */
final class RemoteWriter implements Writer {
  private static final int MESSAGE_BYTES = 1 << 20;
  private final Link link;
  private final RemoteContents contents;
  private final Scope scope;
  private final WriterSpec spec;
  private final Instant started;
  private WriteCall call;
  private long offset;
  private Instant updated;
  private boolean closed;

  /** @throws AlreadyExistsException the expected digest is there */
  RemoteWriter(Link link, RemoteContents contents, Scope scope, WriterSpec spec) throws IOException {
    this.link = link;
    this.contents = contents;
    this.scope = scope;
    this.spec = spec;
    this.call = WriteCall.open(link, scope, spec);
    this.offset = call.offset();
    this.started = call.started();
    this.updated = call.updated();
  }

  /** A piece of work on the open call, after whose failure there is none. */
  @FunctionalInterface
  private interface Step {
    void on(WriteCall call) throws IOException;
  }

  private void step(Step step) throws IOException {
    WriteCall now = opened();
    try {
      step.on(now);
    } catch (IOException | RuntimeException e) {
      now.close();
      call = null;
      throw e;
    }
  }

  /** @throws ConflictException fewer bytes were kept than were written */
  private WriteCall opened() throws IOException {
    if (call == null) {
      long written = offset;
      open();
      if (offset != written) throw broken(written);
    }
    return call;
  }

  private void open() throws IOException {
    if (closed) throw new ConflictException("write '" + spec.ref() + "' is closed; open it again");
    if (call != null) return;
    call = link.patience().with(scope, () -> WriteCall.open(link, scope, spec));
    offset = call.offset();
  }

  @Override
  public Status status() throws IOException {
    open();
    return new Status(spec.ref(), offset, spec.total(), spec.expected(), started, updated);
  }

  /** Several messages are on their way at once; the next call tells what became of them. */
  @Override
  public void write(ByteBuffer bytes) throws IOException {
    if (spec.total().isPresent() && offset + bytes.remaining() > spec.total().getAsLong()) {
      String found = "at least " + (offset + bytes.remaining()) + " bytes";
      throw dropped(new CorruptException("write '" + spec.ref() + "'", spec.total().getAsLong() + " bytes", found));
    }
    while (bytes.hasRemaining()) {
      ByteBuffer part = bytes.slice(bytes.position(), Math.min(bytes.remaining(), MESSAGE_BYTES));
      int length = part.remaining();
      try {
        step(c -> c.send(WriteCall.data(offset, part)));
      } catch (UnavailableException e) {
        sendAgain(part, length);
      }
      bytes.position(bytes.position() + length);
      offset += length;
      updated = Instant.now();
    }
  }

  /** After a break: the part may have arrived, or others before it may not. */
  private void sendAgain(ByteBuffer part, int length) throws IOException {
    long at = offset;
    open();
    long there = offset;
    offset = at;
    if (there == at + length) return;
    if (there != at) {
      offset = there;
      throw broken(at);
    }
    step(c -> c.send(WriteCall.data(offset, part)));
  }

  private ConflictException broken(long written) {
    return new ConflictException("write '" + spec.ref() + "' was broken off, and stands at " + offset + " instead of " + written
        + " bytes; go on from there");
  }

  @Override
  public void truncate() throws IOException {
    open();
    if (offset == 0) return;
    step(c -> {
      c.send(WriteContentRequest.newBuilder().setAction(WriteAction.WRITE).setOffset(0));
      c.drain();
    });
    offset = call.offset();
    if (offset != 0) throw new IOException("write '" + spec.ref() + "' was not truncated: it stands at " + offset + " bytes");
    updated = Instant.now();
  }

  @Override
  public Digest digest() throws IOException {
    try {
      step(WriteCall::drain);
    } catch (UnavailableException e) {
      step(WriteCall::drain);
    }
    return call.digest();
  }

  @Override
  public void expect(Digest digest) throws IOException {
    try {
      promise(digest);
    } catch (AlreadyExistsException e) {
      closed = true;
      throw e;
    }
  }

  private void promise(Digest digest) throws IOException {
    Step step = c -> {
      c.drain();
      c.send(WriteContentRequest.newBuilder().setAction(WriteAction.STAT).setExpected(digest.toString()));
      c.drain();
    };
    try {
      step(step);
    } catch (UnavailableException e) {
      step(step);
    }
  }

  /** An answer that was lost is asked for again. */
  @Override
  public Info commit(Digest expected, long size, Map<String, String> labels) throws IOException {
    Map<String, String> all = Labels.merged(spec.labels(), labels);
    try {
      return committed(expected, size, all);
    } catch (UnavailableException e) {
      if (link.patience().with(scope, () -> contents.find(scope, expected)).isPresent()) return found(expected, all);
      return committed(expected, size, all);
    }
  }

  private Info committed(Digest expected, long size, Map<String, String> labels) throws IOException {
    try {
      check(expected, size);
      step(c -> {
        var last = WriteContentRequest.newBuilder().setAction(WriteAction.COMMIT).setOffset(offset).setExpected(expected.toString())
            .putAllLabels(labels);
        c.commit(size > 0 ? last.setTotal(size) : last);
      });
    } catch (AlreadyExistsException e) {
      return found(expected, labels);
    }
    closed = true;
    call = null;
    return contents.info(scope, expected);
  }

  private Info found(Digest expected, Map<String, String> labels) throws IOException {
    closed = true;
    call = null;
    return contents.label(scope, expected, labels);
  }

  /** What servers find at a commit too, and leave for the next writer of the ref to stumble over. */
  private void check(Digest expected, long size) throws IOException {
    if (size >= 0 && offset != size) {
      throw dropped(new CorruptException("commit write '" + spec.ref() + "'", size + " bytes", offset + " bytes"));
    }
    Digest found = digest();
    if (found.algorithm().equals(expected.algorithm()) && !found.equals(expected)) {
      throw dropped(new CorruptException("commit write '" + spec.ref() + "'", expected.toString(), found.toString()));
    }
  }

  /**
   * Throws its bytes away and closes it, in this order: a ref that is given free may be another one's. What fails is added to the reason.
   */
  private CorruptException dropped(CorruptException why) {
    try {
      if (call != null) {
        step(c -> {
          c.send(WriteContentRequest.newBuilder().setAction(WriteAction.STAT));
          c.drain();
        });
      }
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e); // so it holds the ref no more
    }
    closed = true;
    try (WriteCall held = call) {
      call = null;
      if (held == null) contents.abort(scope, spec.ref());
      else contents.revoke(scope, spec.ref());
    } catch (NotFoundException e) {
      return why; // as it is to be
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e);
    }
    return why;
  }

  @Override
  public void close() throws IOException {
    if (closed) return;
    closed = true;
    if (call == null) return;
    try (WriteCall last = call) {
      call = null;
      last.end();
    }
  }
}
