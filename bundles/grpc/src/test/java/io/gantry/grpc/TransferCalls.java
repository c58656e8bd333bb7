package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Message;
import io.gantry.api.Platform;
import io.gantry.wire.transfer.TransferGrpc;
import io.gantry.wire.transfer.TransferRequest;
import io.gantry.wire.transfertypes.ImageStore;
import io.gantry.wire.transfertypes.OCIRegistry;
import io.gantry.wire.transfertypes.UnpackConfiguration;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Transfers as clients ask for them, in namespace {@code default}. */
final class TransferCalls {
  static final io.gantry.wire.types.Platform HOST = io.gantry.wire.types.Platform.newBuilder().setOs("linux")
      .setArchitecture(Platform.host().architecture()).build();
  private final Engine engine;

  TransferCalls(Engine engine) {
    this.engine = engine;
  }

  static OCIRegistry registry(String reference) {
    return OCIRegistry.newBuilder().setReference(reference).build();
  }

  static ImageStore store(String name) {
    return ImageStore.newBuilder().setName(name).build();
  }

  /** As {@code ctr images pull} asks. */
  static ImageStore.Builder unpacked(String name) {
    return store(name).toBuilder().addPlatforms(HOST)
        .addUnpacks(UnpackConfiguration.newBuilder().setPlatform(HOST).setSnapshotter("overlayfs"));
  }

  static TransferRequest request(Message from, Message to) {
    return TransferRequest.newBuilder().setSource(Anys.wire(from)).setDestination(Anys.wire(to)).build();
  }

  TransferGrpc.TransferBlockingStub transfer(String namespace) {
    return Engine.in(namespace, TransferGrpc.newBlockingStub(engine.channel)).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  void run(Message from, Message to) {
    transfer("default").transfer(request(from, to));
  }

  Status refused(Message from, Message to) {
    return assertThrows(StatusRuntimeException.class, () -> run(from, to)).getStatus();
  }

  /** A transfer that goes on while its streams are used. */
  FutureTask<Void> beside(TransferRequest request) {
    var task = new FutureTask<Void>(() -> {
      transfer("default").transfer(request);
      return null;
    });
    Thread.ofVirtual().start(task);
    return task;
  }

  static Status failure(FutureTask<?> task) {
    var e = assertThrows(java.util.concurrent.ExecutionException.class, () -> task.get(20, TimeUnit.SECONDS));
    return ((StatusRuntimeException) e.getCause()).getStatus();
  }
}
