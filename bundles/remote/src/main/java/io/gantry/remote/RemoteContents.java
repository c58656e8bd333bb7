package io.gantry.remote;

import com.google.protobuf.UnsafeByteOperations;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.bytes.Hasher;
import io.gantry.oci.content.Copy;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.content.Reader;
import io.gantry.service.content.Source;
import io.gantry.service.content.Status;
import io.gantry.service.content.Writer;
import io.gantry.service.content.WriterSpec;
import io.gantry.wire.content.AbortRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.DeleteContentRequest;
import io.gantry.wire.content.InfoRequest;
import io.gantry.wire.content.ListContentRequest;
import io.gantry.wire.content.ListStatusesRequest;
import io.gantry.wire.content.ReadContentRequest;
import io.gantry.wire.content.StatusRequest;
import io.gantry.wire.content.UpdateRequest;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Blobs and unfinished writes of the other manager. It checks each commit; what is read is checked here, so that nothing on the way has to
 * be believed.
 */
final class RemoteContents implements Contents {
  /** What goes in one message, with its digest and labels. */
  private static final int PUT_BYTES = 8 << 20;

  /** What a message of a longer write has. */
  private static final int MESSAGE_BYTES = 1 << 20;

  private static final long END_SECONDS = 10;
  private final Link link;

  RemoteContents(Link link) {
    this.link = link;
  }

  @Override
  public Writer writer(Scope scope, WriterSpec spec) throws IOException {
    try {
      return new RemoteWriter(link, this, scope, spec);
    } catch (AlreadyExistsException e) {
      labelled(scope, spec);
      throw e;
    }
  }

  /** A blob that is there gets the labels, as one that is made would; the wire takes them with a commit alone. */
  private void labelled(Scope scope, WriterSpec spec) throws IOException {
    if (spec.expected().isPresent() && !spec.labels().isEmpty()) label(scope, spec.expected().get(), spec.labels());
  }

  @Override
  public void write(Writer writer, Source source) throws IOException {
    Copy.all(writer, source, MESSAGE_BYTES, link.patience().pauses());
  }

  /** Small ones are one message and its answer. */
  @Override
  public Info put(Scope scope, WriterSpec spec, byte[] bytes) throws IOException {
    Digest found = Hasher.digest(spec.expected().map(Digest::algorithm).orElse("sha256"), bytes);
    Digest digest = spec.expected().orElse(found);
    if (!found.equals(digest)) throw new CorruptException("put blob '" + spec.ref() + "'", digest.toString(), found.toString());
    if (spec.total().isPresent() && spec.total().getAsLong() != bytes.length) {
      throw new CorruptException("put blob '" + spec.ref() + "'", spec.total().getAsLong() + " bytes", bytes.length + " bytes");
    }
    var known = new WriterSpec(spec.ref(), Optional.of(digest), OptionalLong.of(bytes.length), spec.labels());
    try {
      if (bytes.length <= PUT_BYTES) return putOnce(scope, known, bytes);
      try (Writer w = new RemoteWriter(link, this, scope, known)) {
        if (w.status().offset() > 0) w.truncate();
        w.write(ByteBuffer.wrap(bytes));
        return w.commit(digest, bytes.length);
      }
    } catch (AlreadyExistsException e) {
      labelled(scope, known);
      return info(scope, digest);
    }
  }

  private Info putOnce(Scope scope, WriterSpec spec, byte[] bytes) throws IOException {
    Digest digest = spec.expected().orElseThrow();
    try (var call = link.dialog(scope, ContentGrpc.getWriteMethod())) {
      call.send(WriteContentRequest.newBuilder().setAction(WriteAction.COMMIT).setRef(spec.ref()).setTotal(bytes.length)
          .setExpected(digest.toString()).setData(UnsafeByteOperations.unsafeWrap(bytes)).putAllLabels(spec.labels()).build());
      if (call.next().isEmpty()) throw new IOException("write '" + spec.ref() + "': the server ended it without an answer");
      call.end(END_SECONDS);
    }
    return info(scope, digest);
  }

  @Override
  public Info info(Scope scope, Digest digest) throws IOException {
    return of(link.call(scope, ContentGrpc.getInfoMethod(), InfoRequest.newBuilder().setDigest(digest.toString()).build()).getInfo());
  }

  /** Nothing is known here that was not asked for. */
  @Override
  public Optional<Info> recent(Scope scope, Digest digest) {
    return Optional.empty();
  }

  @Override
  public Optional<Info> find(Scope scope, Digest digest) throws IOException {
    try {
      return Optional.of(info(scope, digest));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<Info> list(Scope scope, Optional<Digest> after, int max) throws IOException {
    var page = new Page<io.gantry.wire.content.Info>(after.map(Digest::toString).orElse(""), max);
    try (var parts = link.stream(scope, ContentGrpc.getListMethod(), ListContentRequest.getDefaultInstance())) {
      for (var part = parts.next(); part.isPresent(); part = parts.next()) {
        for (var i : part.get().getInfoList()) page.add(i.getDigest(), i);
      }
    }
    return page.list().stream().map(RemoteContents::of).toList();
  }

  @Override
  public Info label(Scope scope, Digest digest, Map<String, String> changes) throws IOException {
    return changes.isEmpty() ? info(scope, digest) : updated(scope, digest, changes, Messages.paths(changes));
  }

  @Override
  public Info relabel(Scope scope, Digest digest, Map<String, String> labels) throws IOException {
    return updated(scope, digest, labels, List.of("labels"));
  }

  private Info updated(Scope scope, Digest digest, Map<String, String> labels, List<String> mask) throws IOException {
    var info = io.gantry.wire.content.Info.newBuilder().setDigest(digest.toString()).putAllLabels(labels);
    var request = UpdateRequest.newBuilder().setInfo(info).setUpdateMask(Messages.mask(mask)).build();
    return of(link.call(scope, ContentGrpc.getUpdateMethod(), request).getInfo());
  }

  @Override
  public Reader reader(Scope scope, Digest digest) throws IOException {
    return new RemoteReader(link, scope, digest, info(scope, digest).size());
  }

  @Override
  public byte[] read(Scope scope, Digest digest, int max) throws IOException {
    // one more tells that it is larger
    var request = ReadContentRequest.newBuilder().setDigest(digest.toString()).setSize(max + 1L).build();
    var all = new ByteArrayOutputStream();
    try (var parts = link.stream(scope, Part.READ, request)) {
      for (var next = parts.next(); next.isPresent() && all.size() <= max; next = parts.next()) next.get().bytes().forEach(all::writeBytes);
    }
    if (all.size() > max) {
      throw new ExhaustedException("read document " + digest + ": it has " + info(scope, digest).size() + " bytes, at most " + max
          + " are taken");
    }
    byte[] bytes = all.toByteArray();
    Digest found = Hasher.digest(digest.algorithm(), bytes);
    if (!found.equals(digest)) {
      throw new CorruptException("read document " + digest, digest.toString(), found + " of " + bytes.length + " bytes");
    }
    return bytes;
  }

  @Override
  public void remove(Scope scope, Digest digest) throws IOException {
    link.call(scope, ContentGrpc.getDeleteMethod(), DeleteContentRequest.newBuilder().setDigest(digest.toString()).build());
  }

  @Override
  public Optional<Status> status(Scope scope, String ref) throws IOException {
    try {
      var request = StatusRequest.newBuilder().setRef(ref).build();
      return Optional.of(of(link.call(scope, ContentGrpc.getStatusMethod(), request).getStatus()));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<Status> writes(Scope scope, String after, int max) throws IOException {
    var page = new Page<io.gantry.wire.content.Status>(after, max);
    link.call(scope, ContentGrpc.getListStatusesMethod(), ListStatusesRequest.getDefaultInstance()).getStatusesList()
        .forEach(s -> page.add(s.getRef(), s));
    return page.list().stream().map(RemoteContents::of).toList();
  }

  /** The wire's Abort takes a write that is at work too; so the ref is held meanwhile, which fails where another one writes. */
  @Override
  public void abort(Scope scope, String ref) throws IOException {
    known(scope, ref);
    try (WriteCall held = WriteCall.open(link, scope, WriterSpec.of(ref))) {
      revoke(scope, ref);
    } catch (UnavailableException e) {
      known(scope, ref); // else it is the manager that is away, or the write has just ended
      throw new ConflictException("write '" + ref + "' was to be thrown away, but its writer is at work; stop that, or wait for it", e);
    }
  }

  private void known(Scope scope, String ref) throws IOException {
    if (status(scope, ref).isEmpty()) throw new NotFoundException("write '" + ref + "' was to be thrown away, but there is none");
  }

  @Override
  public void revoke(Scope scope, String ref) throws IOException {
    link.call(scope, ContentGrpc.getAbortMethod(), AbortRequest.newBuilder().setRef(ref).build());
  }

  /** The wire reads no unfinished write: the bytes come when they are a blob. */
  @Override
  public InputStream tail(Scope scope, String ref, Digest digest, Duration stalled) throws IOException {
    return new Tail(this, scope, ref, digest, stalled);
  }

  private static Info of(io.gantry.wire.content.Info i) {
    return new Info(Digest.parse(i.getDigest()), i.getSize(), Messages.time(i.getCreatedAt()), Messages.time(i.getUpdatedAt()),
        Messages.labels(i.getLabelsMap()));
  }

  private static Status of(io.gantry.wire.content.Status s) {
    return new Status(s.getRef(), s.getOffset(), s.getTotal() > 0 ? OptionalLong.of(s.getTotal()) : OptionalLong.empty(),
        s.getExpected().isEmpty() ? Optional.empty() : Optional.of(Digest.parse(s.getExpected())), Messages.time(s.getStartedAt()),
        Messages.time(s.getUpdatedAt()));
  }
}
