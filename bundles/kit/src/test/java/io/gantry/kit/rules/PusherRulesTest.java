package io.gantry.kit.rules;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.kit.image.Blob;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class PusherRulesTest {
  @TestFactory
  Stream<DynamicTest> plainPusherKeepsTheRules() {
    return Rules.of(new PusherContract(), root -> new PlainPusher());
  }

  @TestFactory
  Stream<DynamicTest> wrongPushersAreFoundOut() {
    return new Wrongs<>(new PusherContract())
        .add("P-1", root -> new PlainPusher() {
          @Override
          boolean same(HttpResponse<?> answer, Descriptor d) { // a tag that is there is as good as any
            return true;
          }
        })
        .add("P-2", root -> new PlainPusher() {
          @Override
          boolean mounted(HttpResponse<?> answer) { // an upload was begun in its place
            return answer.statusCode() == 201 || answer.statusCode() == 202;
          }
        })
        .add("P-3", root -> new PlainPusher() {
          @Override
          String place(Resolved target, Descriptor d) { // each manifest moves the tag
            return Blob.isManifest(d.mediaType()) ? "manifests/" + target.reference().object() : super.place(target, d);
          }
        })
        .add("P-3", root -> new PlainPusher() {
          @Override
          void check(Descriptor d, byte[] bytes) {} // leaves that to the registry
        })
        .add("P-3", root -> new PlainPusher() {
          @Override
          boolean same(HttpResponse<?> answer, Descriptor d) {
            return true;
          }
        })
        .add("P-4", root -> new Once())
        .add("P-5", root -> new PlainPusher() {
          @Override
          public void put(Resolved target, Descriptor d, InputStream body, Access access) throws IOException {
            try (body) {
              super.put(target, d, body, access);
            }
          }
        })
        .add("P-5", root -> new PlainPusher() {
          @Override
          public void put(Resolved target, Descriptor d, InputStream body, Access access) throws IOException {
            byte[] bytes = CompletableFuture.supplyAsync(() -> read(body)).join();
            super.put(target, d, new java.io.ByteArrayInputStream(bytes), access);
          }
        })
        .add("P-6", root -> new PassesOn())
        .add("P-7", root -> new PlainPusher() {
          @Override
          IOException refusal(String message, HttpResponse<?> answer) {
            return new IOException(message);
          }
        }).tests();
  }

  private static byte[] read(InputStream body) {
    try {
      return body.readAllBytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Takes what it has begun for done by somebody else. */
  private static final class Once extends PlainPusher {
    private final Set<Digest> begun = ConcurrentHashMap.newKeySet();

    @Override
    public void put(Resolved target, Descriptor d, InputStream body, Access access) throws IOException {
      if (!begun.add(d.digest())) throw new AlreadyExistsException(d.digest() + " is being pushed");
      super.put(target, d, body, access);
    }
  }

  /** Brings the last authorization along, wherever it goes. */
  private static final class PassesOn extends PlainPusher {
    private volatile String last = "";

    @Override
    HttpRequest.Builder spoiled(Resolved target, HttpRequest.Builder q) {
      HttpRequest asked = q.build();
      asked.headers().firstValue("Authorization").ifPresent(a -> last = a);
      return last.isEmpty() || asked.headers().firstValue("Authorization").isPresent() ? q : q.setHeader("Authorization", last);
    }
  }
}
