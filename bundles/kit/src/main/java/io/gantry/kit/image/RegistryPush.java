package io.gantry.kit.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/**
 * Pushes to a registry that asks for no credential.
 *
 * @param base e.g. {@code http://127.0.0.1:5000}
 */
public record RegistryPush(URI base) {
  /** Pushes all bytes, and the whole under the tag. */
  public void push(String repository, String tag, Artifact artifact) throws IOException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI root = base.resolve("/v2/" + repository + "/");
      for (Blob b : artifact.blobs()) {
        if (b.isManifest()) manifest(http, root, b.digest().toString(), b);
        else blob(http, root, b);
      }
      Blob whole = artifact.blobs().getLast();
      manifest(http, root, tag, whole);
    }
  }

  private static void blob(HttpClient http, URI root, Blob b) throws IOException {
    URI there = root.resolve("blobs/" + b.digest());
    if (send(http, HttpRequest.newBuilder(there).HEAD().build()).statusCode() == 200) return;
    var begun = expect(202, send(http, HttpRequest.newBuilder(root.resolve("blobs/uploads/")).POST(BodyPublishers.noBody()).build()));
    String location = begun.headers().firstValue("Location").orElseThrow(() -> new IOException("no Location from " + begun.uri()));
    URI upload = begun.uri().resolve(location + (location.contains("?") ? "&" : "?") + "digest=" + b.digest());
    expect(201, send(http, HttpRequest.newBuilder(upload).header("Content-Type", "application/octet-stream")
        .PUT(BodyPublishers.ofByteArray(b.bytes())).build()));
  }

  private static void manifest(HttpClient http, URI root, String name, Blob b) throws IOException {
    expect(201, send(http, HttpRequest.newBuilder(root.resolve("manifests/" + name)).header("Content-Type", b.descriptor().mediaType())
        .PUT(BodyPublishers.ofByteArray(b.bytes())).build()));
  }

  private static HttpResponse<byte[]> send(HttpClient http, HttpRequest request) throws IOException {
    try {
      return http.send(request, BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException(request.method() + " " + request.uri() + " was interrupted").initCause(e);
    }
  }

  private static HttpResponse<byte[]> expect(int status, HttpResponse<byte[]> r) throws IOException {
    if (r.statusCode() == status) return r;
    throw new IOException(r.request().method() + " " + r.uri() + " answered " + r.statusCode() + ", expected " + status + ": "
        + new String(r.body(), StandardCharsets.UTF_8));
  }
}
