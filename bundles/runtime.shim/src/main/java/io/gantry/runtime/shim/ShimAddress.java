package io.gantry.runtime.shim;

import io.gantry.api.InvalidException;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a shim listens, and which version of the task service it speaks.
 *
 * @param socket of ttrpc
 * @param version 2 or 3
 */
record ShimAddress(Path socket, int version) {
  /**
   * Reads what {@code start} prints: a plain address (shims of containerd 1.6), or a document {@code {"version":3,"address":…,
   * "protocol":"ttrpc"}} (later ones).
   */
  static ShimAddress parse(String printed) throws IOException {
    String text = printed.strip();
    if (!text.startsWith("{")) return of(text, 2);
    JsonObject o = Json.object(text.getBytes(StandardCharsets.UTF_8), "what the shim printed at its start");
    String protocol = o.findText("protocol").filter(p -> !p.isEmpty()).orElse("ttrpc");
    if (!protocol.equals("ttrpc")) throw new UnsupportedException("the shim speaks '" + protocol + "', expected ttrpc");
    long version = o.findNumber("version").orElse(2);
    if (version != 2 && version != 3) {
      throw new UnsupportedException("the shim speaks version " + version + " of the task service, expected 2 or 3");
    }
    return of(o.text("address"), (int) version);
  }

  private static ShimAddress of(String address, int version) throws InvalidException {
    String path = address.startsWith("unix://") ? address.substring("unix://".length()) : address;
    if (!path.startsWith("/") || path.indexOf('\n') >= 0 || path.length() > 107) {
      throw new InvalidException("the shim printed '" + path.substring(0, Math.min(200, path.length()))
          + "' at its start, expected unix:///path");
    }
    return new ShimAddress(Path.of(path), version);
  }
}
