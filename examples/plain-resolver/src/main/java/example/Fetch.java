package example;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Reference;
import io.gantry.resolver.docker.DockerResolver;
import io.gantry.resolver.docker.HostsConfig;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;

/**
 * {@code java example.Fetch docker.io/library/redis:latest FOLDER}: writes the manifest or index of an image to a file named by its digest.
 */
public final class Fetch {
  private Fetch() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 2) throw new IllegalArgumentException("expected REFERENCE FOLDER");
    System.out.println(fetch(Reference.parse(args[0]), Path.of(args[1])));
  }

  /**
   * Writes beside the file first, so that under its name there are only bytes that have its digest; what was there before is replaced.
   *
   * @return the file that was written
   * @throws IOException the registry refused, or sent other bytes than those of the digest: then nothing is left
   */
  static Path fetch(Reference reference, Path folder) throws IOException, GeneralSecurityException {
    try (DockerResolver resolver = new DockerResolver(HostsConfig.none())) {
      Resolved image = resolver.resolve(reference, Access.anonymous());
      Descriptor target = image.target();
      Digest digest = target.digest();
      MessageDigest hash = MessageDigest.getInstance(digest.algorithm().replaceFirst("^sha", "SHA-")); // sha256, sha512
      Path part = folder.resolve("." + UUID.randomUUID() + ".part");
      try {
        try (Body body = resolver.open(image, target, 0, Access.anonymous())) {
          Files.copy(new DigestInputStream(body.stream(), hash), part);
        }
        String found = HexFormat.of().formatHex(hash.digest()); // a resolver hands on what came; whoever uses the bytes checks them
        if (!found.equals(digest.hex())) {
          throw new IOException(reference + ": expected " + digest + ", found " + digest.algorithm() + ":" + found + "; nothing was kept");
        }
        return Files.move(part, folder.resolve(digest.hex() + ".json"), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    }
  }
}
