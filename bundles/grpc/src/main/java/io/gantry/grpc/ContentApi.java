package io.gantry.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.api.Digest;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.filter.Fields;
import io.gantry.oci.filter.Filter;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Reader;
import io.gantry.wire.content.AbortRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.DeleteContentRequest;
import io.gantry.wire.content.Info;
import io.gantry.wire.content.InfoRequest;
import io.gantry.wire.content.InfoResponse;
import io.gantry.wire.content.ListContentRequest;
import io.gantry.wire.content.ListContentResponse;
import io.gantry.wire.content.ListStatusesRequest;
import io.gantry.wire.content.ListStatusesResponse;
import io.gantry.wire.content.ReadContentRequest;
import io.gantry.wire.content.ReadContentResponse;
import io.gantry.wire.content.Status;
import io.gantry.wire.content.StatusRequest;
import io.gantry.wire.content.StatusResponse;
import io.gantry.wire.content.UpdateRequest;
import io.gantry.wire.content.UpdateResponse;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Blobs and unfinished writes. */
final class ContentApi extends ContentGrpc.ContentImplBase {
  private static final int PAGE = 100;
  private final Contents contents;
  private final FlowBudget budget;
  private final ReadAhead ahead;

  /** @param ahead told also by others of what they remove */
  ContentApi(Contents contents, FlowBudget budget, ReadAhead ahead) {
    this.contents = contents;
    this.budget = budget;
    this.ahead = ahead;
  }

  @Override
  public void info(InfoRequest request, StreamObserver<InfoResponse> out) {
    Calls.unary(out, () -> contents.recent(Calls.scope(), Digest.parse(request.getDigest())).map(ContentApi::told),
        () -> told(contents.info(
        Calls.scope(), Digest.parse(request.getDigest()))));
  }

  private static InfoResponse told(io.gantry.service.content.Info info) {
    return InfoResponse.newBuilder().setInfo(info(info)).build();
  }

  @Override
  public void update(UpdateRequest request, StreamObserver<UpdateResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      Digest digest = Digest.parse(request.getInfo().getDigest());
      Map<String, String> labels = request.getInfo().getLabelsMap();
      Optional<Map<String, String>> changes = Masks.labels(request.getUpdateMask(), labels);
      var info = changes.isEmpty() ? contents.relabel(scope, digest, labels) : contents.label(scope, digest, changes.get());
      return UpdateResponse.newBuilder().setInfo(info(info)).build();
    });
  }

  @Override
  public void list(ListContentRequest request, StreamObserver<ListContentResponse> out) {
    Outflow.start(out, "api-content-list", to -> {
      Scope scope = Calls.scope();
      Filter filter = Filter.parse(request.getFiltersList());
      Optional<Digest> after = Optional.empty();
      while (true) {
        List<io.gantry.service.content.Info> page = contents.list(scope, after, PAGE);
        if (page.isEmpty()) return;
        after = Optional.of(page.getLast().digest());
        List<Info> wanted = page.stream().filter(i -> filter.matches(path -> field(i, path))).map(ContentApi::info).toList();
        if (!wanted.isEmpty()) to.send(ListContentResponse.newBuilder().addAllInfo(wanted).build());
      }
    });
  }

  private static Optional<String> field(io.gantry.service.content.Info i, List<String> path) {
    return switch (path.getFirst()) {
      case "digest" -> Optional.of(i.digest().toString());
      case "size" -> Optional.of(Long.toString(i.size()));
      case "labels" -> Fields.label(i.labels(), path);
      default -> Optional.empty();
    };
  }

  @Override
  public void delete(DeleteContentRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      Digest digest = Digest.parse(request.getDigest());
      try {
        contents.remove(scope, digest);
      } finally {
        ahead.forget(scope.namespace(), digest); // also where it was gone, or may be
      }
      return Empty.getDefaultInstance();
    });
  }

  /** A piece that was read ahead is answered at once. */
  @Override
  public void read(ReadContentRequest request, StreamObserver<ReadContentResponse> out) {
    FlowBudget.Share share = budget.share();
    Optional<ByteString> piece = Calls.namespace().flatMap(
        n -> ahead.peek(n, request.getDigest(), request.getOffset(), request.getSize()));
    if (piece.isPresent() && share.next(request.getSize()) >= request.getSize()) {
      var call = (ServerCallStreamObserver<?>) out;
      call.setOnCancelHandler(share::close); // without one an answer to a client that is gone would throw
      call.setOnCloseHandler(share::close);
      out.onNext(ReadContentResponse.newBuilder().setOffset(request.getOffset()).setData(piece.get()).build());
      out.onCompleted();
      return;
    }
    ((ServerCallStreamObserver<?>) out).setOnReadyThreshold(1); // else several pieces wait in the transport for one that stalls
    Outflow.start(out, "api-content-read", to -> {
      to.atEnd(share::close);
      var reading = ahead.begin(Calls.scope().namespace(), request.getDigest());
      Part part = part(request);
      boolean small = part.bytes() > 0 && part.bytes() <= ReadAhead.PIECE_BYTES;
      if (small && share.next(part.bytes()) >= part.bytes()) to.send(piece(part, reading));
      else send(part, to, share);
    });
  }

  private static ReadContentResponse piece(Part part, ReadAhead.Reading reading) throws IOException {
    try (Reader reader = part.reader()) {
      var bytes = reading.read(reader, part.begin(), (int) part.bytes());
      return ReadContentResponse.newBuilder().setOffset(part.begin()).setData(bytes).build();
    }
  }

  /** Sends a part in messages that share their bytes: each was written out when the next is made. Small ones are read when they can go. */
  private static void send(Part part, Outflow<ReadContentResponse> to, FlowBudget.Share share) throws IOException, InterruptedException {
    try (Reader reader = part.reader()) {
      byte[] chunk = {};
      for (long at = part.begin(); at < part.end(); ) {
        if (chunk.length <= FlowBudget.SMALL) {
          chunk = new byte[0];
          to.await();
        }
        int size = share.next(part.end() - at);
        if (chunk.length < size) chunk = new byte[size];
        int n = reader.read(at, ByteBuffer.wrap(chunk, 0, size));
        if (n <= 0) throw new IOException("a blob ends at " + at + " of " + part.end() + " bytes");
        to.send(ReadContentResponse.newBuilder().setOffset(at).setData(UnsafeByteOperations.unsafeWrap(chunk, 0, n)).build());
        at += n;
      }
    }
  }

  /** What a client asks for of a blob. */
  private record Part(Reader reader, long begin, long end) {
    long bytes() {
      return end - begin;
    }
  }

  private Part part(ReadContentRequest request) throws IOException {
    Reader reader = contents.reader(Calls.scope(), Digest.parse(request.getDigest()));
    long begin = request.getOffset();
    if (begin < 0) {
      throw Statuses.error(io.grpc.Status.INVALID_ARGUMENT, "invalid argument", "read content: offset " + begin + " is negative");
    }
    if (begin > reader.size()) {
      throw Statuses.error(io.grpc.Status.OUT_OF_RANGE, "out of range", "read past object length " + reader.size() + " bytes");
    }
    return new Part(reader, begin, request.getSize() <= 0 ? reader.size() : begin
        + Math.min(request.getSize(), reader.size() - begin));
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> out) {
    Calls.unary(out, () -> {
      var status = contents.status(Calls.scope(), request.getRef()).orElseThrow(
          () -> new NotFoundException("there is no write '" + request.getRef() + "'"));
      return StatusResponse.newBuilder().setStatus(status(status)).build();
    });
  }

  @Override
  public void listStatuses(ListStatusesRequest request, StreamObserver<ListStatusesResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      Filter filter = Filter.parse(request.getFiltersList());
      var answer = ListStatusesResponse.newBuilder();
      Pages.each((after, max) -> contents.writes(scope, after, max), io.gantry.service.content.Status::ref,
          s -> filter.matches(path -> path.equals(List.of("ref")) ? Optional.of(s.ref()) : Optional.empty()),
          s -> answer.addStatuses(status(s)));
      return answer.build();
    });
  }

  @Override
  public void abort(AbortRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      contents.revoke(Calls.scope(), request.getRef());
      return Empty.getDefaultInstance();
    });
  }

  @Override
  public StreamObserver<WriteContentRequest> write(StreamObserver<WriteContentResponse> out) {
    return WriteStream.open(contents, out);
  }

  private static Info info(io.gantry.service.content.Info i) {
    return Info.newBuilder().setDigest(i.digest().toString()).setSize(i.size()).setCreatedAt(Times.of(i.created()))
        .setUpdatedAt(Times.of(i.updated())).putAllLabels(i.labels()).build();
  }

  private static Status status(io.gantry.service.content.Status s) {
    return Status.newBuilder().setRef(s.ref()).setOffset(s.offset()).setTotal(s.total().orElse(0))
        .setExpected(s.expected().map(Digest::toString).orElse("")).setStartedAt(Times.of(s.started())).setUpdatedAt(Times.of(s.updated()))
        .build();
  }
}
