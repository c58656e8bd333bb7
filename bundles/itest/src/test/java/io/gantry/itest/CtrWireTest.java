package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import io.gantry.wire.containers.ContainersGrpc;
import io.gantry.wire.content.AbortRequest;
import io.gantry.wire.content.ContentGrpc;
import io.gantry.wire.content.WriteAction;
import io.gantry.wire.content.WriteContentRequest;
import io.gantry.wire.content.WriteContentResponse;
import io.gantry.wire.diff.DiffGrpc;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.introspection.IntrospectionGrpc;
import io.gantry.wire.leases.AddResourceRequest;
import io.gantry.wire.leases.CreateRequest;
import io.gantry.wire.leases.DeleteRequest;
import io.gantry.wire.leases.DeleteResourceRequest;
import io.gantry.wire.leases.LeasesGrpc;
import io.gantry.wire.leases.ListResourcesRequest;
import io.gantry.wire.leases.Resource;
import io.gantry.wire.namespaces.NamespacesGrpc;
import io.gantry.wire.snapshots.SnapshotsGrpc;
import io.gantry.wire.tasks.TasksGrpc;
import io.gantry.wire.version.VersionGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The same of what {@code ctr} has no command for: calls of a client of our own to both. */
class CtrWireTest extends CtrWorld {
  /** Those of containerd 1.6. */
  private static final List<ServiceDescriptor> SERVICES = List.of(ContainersGrpc.getServiceDescriptor(), ContentGrpc.getServiceDescriptor(),
      DiffGrpc.getServiceDescriptor(), EventsGrpc.getServiceDescriptor(), ImagesGrpc.getServiceDescriptor(),
      IntrospectionGrpc.getServiceDescriptor(), LeasesGrpc.getServiceDescriptor(), NamespacesGrpc.getServiceDescriptor(),
      SnapshotsGrpc.getServiceDescriptor(), TasksGrpc.getServiceDescriptor(), VersionGrpc.getServiceDescriptor());

  private static final String NAMESPACE = "wire";

  private static Map<String, String> codes(ManagedChannel channel, byte[] message) throws Exception {
    var codes = new TreeMap<String, String>();
    for (ServiceDescriptor s : SERVICES) {
      for (MethodDescriptor<?, ?> m : s.getMethods()) {
        codes.put(m.getFullMethodName(), ApiClient.send(channel, m, message, Duration.ofSeconds(20)).getCode().toString());
      }
    }
    return codes;
  }

  @Test
  void whatIsNoMessageIsRefusedAsThere() throws Exception {
    byte[] cut = {0x0a, 0x7f, 1}; // a field of 127 bytes, of which one came
    byte[] unknown = {0x0f, 1, 2, 3}; // field 1 of a wire type that there is not
    try (var ours = new ApiClient(ours().socket()); var theirs = new ApiClient(containerd.socket())) {
      for (byte[] message : List.of(cut, unknown)) {
        Map<String, String> wanted = codes(theirs.connect(), message);
        wanted.values().removeIf("UNIMPLEMENTED"::equals); // of newer ones
        Map<String, String> found = codes(ours.connect(), message);
        found.keySet().retainAll(wanted.keySet());
        assertEquals(wanted, found);
      }
    }
  }

  /** What a client of a side is answered, line by line. */
  private static final class Told {
    private final List<String> lines = new ArrayList<>();
    private final ManagedChannel channel;
    private final LeasesGrpc.LeasesBlockingStub leases;

    Told(ManagedChannel channel) {
      this.channel = channel;
      leases = ApiClient.named(NAMESPACE, LeasesGrpc.newBlockingStub(channel));
    }

    private ContentGrpc.ContentStub content(String lease) {
      return headed(lease, ContentGrpc.newStub(channel));
    }

    private static <S extends AbstractStub<S>> S headed(String lease, S stub) {
      var headers = new Metadata();
      if (!lease.isEmpty()) headers.put(Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER), lease);
      return ApiClient.named(NAMESPACE, stub).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** One message of a write, after which its client ends. */
    void write(String lease, WriteContentRequest.Builder message) throws InterruptedException {
      var answers = new LinkedBlockingQueue<String>();
      StreamObserver<WriteContentRequest> to = content(lease).write(new StreamObserver<>() {
        @Override
        public void onNext(WriteContentResponse answer) {
          answers.add(message.getAction() + " at " + answer.getOffset());
        }

        @Override
        public void onError(Throwable e) {
          answers.add(message.getAction() + " " + Status.fromThrowable(e).getCode());
        }

        @Override
        public void onCompleted() {
          answers.add("ended");
        }
      });
      to.onNext(message.build());
      lines.add(next(answers));
      list("while " + message.getRef() + " is open");
      if (!lines.get(lines.size() - 2).contains(" at ")) return; // it was refused
      to.onCompleted();
      for (String last = ""; !last.equals("ended"); ) last = next(answers); // containerd says its last answer once more
      list("after " + message.getRef());
    }

    private static String next(BlockingQueue<String> answers) throws InterruptedException {
      String next = answers.poll(20, TimeUnit.SECONDS);
      if (next == null) throw new AssertionError("no answer in 20 s");
      return next;
    }

    void list(String when) {
      lines.add(when + ": " + leases.listResources(ListResourcesRequest.newBuilder().setId("l").build()).getResourcesList().stream()
          .map(r -> r.getType() + " " + r.getId()).sorted().toList());
    }

    void call(String what, Executable call) {
      try {
        call.execute();
        lines.add(what + " OK");
      } catch (Throwable e) {
        lines.add(what + " " + Status.fromThrowable(e).getCode());
      }
      list("after that");
    }

    void add(String type, String id) {
      call("add " + type + " " + id, () -> leases.addResource(AddResourceRequest.newBuilder().setId("l").setResource(resource(type, id))
          .build()));
    }

    void release(String type, String id) {
      call("release " + type + " " + id, () -> leases.deleteResource(DeleteResourceRequest.newBuilder().setId("l").setResource(resource(
          type, id)).build()));
    }

    private static Resource resource(String type, String id) {
      return Resource.newBuilder().setType(type).setId(id).build();
    }

    void abort(String lease, String ref) {
      call("abort " + ref + " by " + lease, () -> headed(lease, ContentGrpc.newBlockingStub(channel)).abort(AbortRequest.newBuilder()
          .setRef(ref).build()));
    }
  }

  private static WriteContentRequest.Builder message(WriteAction action, String ref) {
    return WriteContentRequest.newBuilder().setAction(action).setRef(ref);
  }

  private static List<String> leased(ManagedChannel channel) throws Exception {
    var told = new Told(channel);
    told.leases.create(CreateRequest.newBuilder().setId("l").build());
    told.write("l", message(WriteAction.STAT, "empty"));
    told.write("l", message(WriteAction.WRITE, "layer/1").setData(ByteString.copyFromUtf8("one")));
    told.write("", message(WriteAction.STAT, "of nobody"));
    told.write("none", message(WriteAction.STAT, "of a lease that is not there"));
    told.write("l", message(WriteAction.COMMIT, "layer/1").setOffset(3));
    told.write("l", message(WriteAction.STAT, "again")
        .setExpected("sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"));
    told.abort("l", "empty");
    for (String ref : List.of("a", "b", "c")) told.write("l", message(WriteAction.STAT, ref));
    told.abort("", "a");
    told.abort("none", "b");
    told.release("ingests", "c"); // from here on their collection may take it at any moment
    told.add("ingests", "x");
    told.add("ingests/y", "x");
    told.release("ingests/y", "x");
    told.release("ingests", "x");
    told.release("ingests", "x");
    told.leases.delete(DeleteRequest.newBuilder().setId("l").build());
    return told.lines;
  }

  @Test
  void aLeaseListsUnfinishedWritesAsThere() throws Exception {
    try (var ours = new ApiClient(ours().socket()); var theirs = new ApiClient(containerd.socket())) {
      assertEquals(String.join("\n", leased(theirs.connect())), String.join("\n", leased(ours.connect())));
    }
  }
}
