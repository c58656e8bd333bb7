package io.gantry.remote;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.spec.Accounts;
import io.gantry.oci.tar.Tar;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Reader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * Users and groups of an image out of its layers: its tree is on the other manager's host. Layers are read from the top down until both
 * files are found, or known to be gone.
 */
final class ImageAccounts {
  private static final String PASSWD = "etc/passwd";
  private static final String GROUP = "etc/group";
  private static final int MAX_FILE = 10 << 20;
  private static final int BUFFER = 64 << 10;
  private static final int GZIP = 0x1f8b;
  private static final int ZSTD = 0x28b5;
  private final Map<String, List<String>> found = new HashMap<>();

  private ImageAccounts() {}

  static Accounts of(Scope scope, Contents contents, List<Descriptor> layers) throws IOException {
    var all = new ImageAccounts();
    for (Descriptor layer : layers.reversed()) {
      if (all.found.size() == 2) break;
      try (Reader reader = contents.reader(scope, layer.digest()); InputStream in = new BufferedInputStream(reader.stream(0), BUFFER)) {
        all.layer(layer, in);
      }
    }
    return new Accounts(all.found.getOrDefault(PASSWD, List.of()), all.found.getOrDefault(GROUP, List.of()));
  }

  private void layer(Descriptor layer, InputStream in) throws IOException {
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    if (magic == ZSTD) {
      throw new UnsupportedException("users of layer " + layer.digest() + " cannot be looked up here, since it is compressed by zstd; give"
          + " UID:GID as numbers");
    }
    Set<String> below = new HashSet<>();
    Tar tar = new Tar(magic == GZIP ? new BufferedInputStream(new GZIPInputStream(in), BUFFER) : in);
    Map<String, List<String>> here = new HashMap<>();
    for (Tar.Entry e = tar.next(); e != null; e = tar.next()) {
      String name = e.name().replaceFirst("^(\\./|/)+", "");
      if (name.equals(PASSWD) || name.equals(GROUP)) here.put(name, lines(e, tar));
      else if (name.equals("etc/.wh.passwd")) below.add(PASSWD);
      else if (name.equals("etc/.wh.group")) below.add(GROUP);
      else if (List.of(".wh.etc", ".wh..wh..opq", "etc/.wh..wh..opq").contains(name)) below.addAll(List.of(PASSWD, GROUP));
    }
    here.forEach(found::putIfAbsent);
    for (String gone : below) found.putIfAbsent(gone, List.of());
  }

  private static List<String> lines(Tar.Entry e, Tar tar) throws IOException {
    if (!e.file()) throw new InvalidException("the image's /" + e.name() + " is not a regular file");
    if (e.size() > MAX_FILE) throw new InvalidException("the image's /" + e.name() + " has " + e.size() + " bytes, at most " + MAX_FILE);
    return new String(tar.data().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
  }
}
