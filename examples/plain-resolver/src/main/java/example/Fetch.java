package example;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;
import io.gantry.resolver.docker.DockerResolver;
import io.gantry.resolver.docker.HostsConfig;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * {@code java example.Fetch docker.io/library/redis:latest FOLDER}: writes the manifest or index of an image to a file named by its digest.
 */
public final class Fetch {
  private Fetch() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 2) throw new IllegalArgumentException("expected REFERENCE FOLDER");
    System.out.println(fetch(Reference.parse(args[0]), Path.of(args[1])));
  }

  /** The file that was written. */
  static Path fetch(Reference reference, Path folder) throws IOException, GeneralSecurityException {
    try (DockerResolver resolver = new DockerResolver(HostsConfig.none())) {
      Resolved image = resolver.resolve(reference, Access.anonymous());
      Descriptor target = image.target();
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      Path file = folder.resolve(target.digest().hex() + ".json");
      try (Body body = resolver.open(image, target, 0, Access.anonymous())) {
        Files.copy(new DigestInputStream(body.stream(), hash), file);
      }
      String found = HexFormat.of().formatHex(hash.digest()); // a resolver hands on what came; whoever uses the bytes checks them
      if (!found.equals(target.digest().hex())) {
        throw new IOException(reference + ": expected " + target.digest() + ", found sha256:" + found);
      }
      return file;
    }
  }
}
