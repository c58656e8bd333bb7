package io.gantry.grpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services are listed to those who ask, in both versions of the question. */
class ReflectionTest {
  private static final String CONTENT = "containerd.services.content.v1.Content";
  @TempDir Path root;

  /** All that comes, at its end. */
  private static final class All<T> implements StreamObserver<T> {
    private final List<T> came = new ArrayList<>();
    private final CompletableFuture<List<T>> end = new CompletableFuture<>();

    @Override
    public void onNext(T message) {
      came.add(message);
    }

    @Override
    public void onError(Throwable e) {
      end.completeExceptionally(e);
    }

    @Override
    public void onCompleted() {
      end.complete(came);
    }
  }

  @Test
  void bothVersionsListTheServices() throws Exception {
    try (var engine = new Engine(root)) {
      var now = new All<ServerReflectionResponse>();
      var ask = ServerReflectionGrpc.newStub(engine.channel).serverReflectionInfo(now);
      ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
      ask.onCompleted();
      assertTrue(now.end.get(10, TimeUnit.SECONDS).getFirst().getListServicesResponse().getServiceList().stream()
          .anyMatch(s -> s.getName().equals(CONTENT)));
      var old = new All<io.grpc.reflection.v1alpha.ServerReflectionResponse>();
      var askOld = io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(engine.channel).serverReflectionInfo(old);
      askOld.onNext(io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder().setListServices("").build());
      askOld.onCompleted();
      assertTrue(old.end.get(10, TimeUnit.SECONDS).getFirst().getListServicesResponse().getServiceList().stream()
          .anyMatch(s -> s.getName().equals(CONTENT)));
    }
  }
}
