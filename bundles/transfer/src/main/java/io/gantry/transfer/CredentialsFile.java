package io.gantry.transfer;

import io.gantry.api.DeniedException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Our own passwords: {@code {"hosts":{"HOST":{"user":"…","secret":"…"}}}}, mode 0600, replaced as a whole by rename. */
final class CredentialsFile {
  private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;

  CredentialsFile(Path file) {
    this.file = file;
  }

  /** @throws DeniedException others than the owner may read it */
  synchronized Map<String, Credential> read() throws IOException {
    byte[] bytes;
    try {
      for (PosixFilePermission p : Files.getPosixFilePermissions(file)) {
        if (OTHERS.contains(p)) {
          throw new DeniedException(file + " may be read by others than its owner; it is not used: chmod 600 " + file);
        }
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Map.of();
    }
    Map<String, Credential> all = new TreeMap<>();
    try {
      JsonObject hosts = Json.object(bytes, MAX_BYTES, file.toString()).object("hosts");
      for (String host : hosts.keys()) {
        JsonObject c = hosts.object(host);
        all.put(host, new Credential(c.findText("user").orElse(""), c.text("secret")));
      }
    } catch (InvalidException e) {
      throw new InvalidException(file + " is damaged; repair or remove it", null); // no cause: its message may show bytes of a secret
    }
    return all;
  }

  /** @throws ExhaustedException it would be larger than what is read; it stays as it is */
  synchronized void write(Map<String, Credential> all) throws IOException {
    Map<String, Object> hosts = new LinkedHashMap<>();
    new TreeMap<>(all).forEach((host, c) -> {
      Map<String, Object> one = new LinkedHashMap<>();
      if (!c.user().isEmpty()) one.put("user", c.user());
      one.put("secret", c.secret());
      hosts.put(host, one);
    });
    byte[] json = Json.pretty(Map.of("hosts", hosts));
    if (json.length > MAX_BYTES) {
      throw new ExhaustedException("keeping the credentials of " + all.size() + " hosts takes " + json.length + " bytes in " + file
          + ", at most " + MAX_BYTES + " are read; dist:logout of hosts that are not needed makes room");
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh); // of a manager that was killed while it wrote
    Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER));
    try {
      try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(json);
        while (bytes.hasRemaining()) out.write(bytes);
        out.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
        folder.force(true);
      }
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
