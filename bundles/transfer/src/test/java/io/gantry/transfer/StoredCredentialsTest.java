package io.gantry.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.DeniedException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredCredentialsTest {
  @TempDir Path folder;
  private Path file;
  private Path docker;
  private StoredCredentials credentials;

  @BeforeEach
  void open() {
    file = folder.resolve("credentials.json");
    docker = folder.resolve("config.json");
    credentials = new StoredCredentials(new CredentialsFile(file), new DockerConfig(docker), Settings::defaults);
  }

  private static String base64(String s) {
    return Base64.getEncoder().encodeToString(s.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void keepsThemForItsOwnerAlone() throws Exception {
    assertEquals(Optional.empty(), credentials.find(Scope.root(), "r.example"));
    credentials.put(Scope.root(), "R.example:443", new Credential("ann", "pä\"ss"));
    credentials.put(Scope.root(), "r.example:5000", new Credential("", "identity"));
    assertEquals(Optional.of(new Credential("ann", "pä\"ss")), credentials.find(Scope.root(), "r.example"));
    assertEquals("identity", credentials.find(Scope.root(), "r.example:5000").orElseThrow().secret());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(List.of("r.example", "r.example:5000"), credentials.hosts(Scope.root()));
    assertTrue(credentials.remove(Scope.root(), "r.example"));
    assertFalse(credentials.remove(Scope.root(), "r.example"));
    assertEquals(Optional.empty(), credentials.find(Scope.root(), "r.example"));
    try (var left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList(), "temporary files");
    }
  }

  /** What could not be read again would lose all. */
  @Test
  void noMoreAreKeptThanCanBeRead() throws Exception {
    String large = "t".repeat(60_000);
    int kept = 0;
    ExhaustedException e = null;
    while (e == null && kept < 100) {
      try {
        credentials.put(Scope.root(), "r" + kept + ".example", new Credential("", large));
        kept++;
      } catch (ExhaustedException full) {
        e = full;
      }
    }
    assertTrue(kept > 10 && e != null && e.getMessage().contains("dist:logout"), kept + ": " + e);
    assertEquals(kept, credentials.hosts(Scope.root()).size());
    assertEquals(large, credentials.find(Scope.root(), "r0.example").orElseThrow().secret());
  }

  @Test
  void dockerHubHasOneNameAndNoOtherHostIsTakenForAnother() throws Exception {
    credentials.put(Scope.root(), "docker.io", new Credential("ann", "x"));
    for (String host : List.of("registry-1.docker.io", "index.docker.io", "docker.io")) {
      assertTrue(credentials.find(Scope.root(), host).isPresent(), host);
    }
    for (String host : List.of("docker.io.evil.com", "evil-docker.io", "docker.io:444", "registry-1.docker.io.evil.com",
        "auth.docker.io")) {
      assertTrue(credentials.find(Scope.root(), host).isEmpty(), host);
    }
  }

  @Test
  void readsDockersFileWhereItHasNone() throws Exception {
    Files.writeString(docker, """
        {"auths": {
          "https://index.docker.io/v1/": {"auth": "%s"},
          "https://r.example:5000/v2/": {"username": "bob", "password": "p:w"},
          "token.example": {"auth": "%s", "identitytoken": "idt"},
          "helper.example": {}
        }, "credsStore": "secretservice"}
        """.formatted(base64("ann:a:b"), base64("00000000-0000-0000-0000-000000000000:")));
    assertEquals(Optional.of(new Credential("ann", "a:b")), credentials.find(Scope.root(), "registry-1.docker.io"));
    assertEquals(Optional.of(new Credential("bob", "p:w")), credentials.find(Scope.root(), "r.example:5000"));
    assertEquals(Optional.of(new Credential("", "idt")), credentials.find(Scope.root(), "token.example"));
    assertEquals(Optional.empty(), credentials.find(Scope.root(), "helper.example"));
    credentials.put(Scope.root(), "docker.io", new Credential("eve", "mine"));
    assertEquals("eve", credentials.find(Scope.root(), "registry-1.docker.io").orElseThrow().user());
    assertEquals(List.of("docker.io", "r.example:5000", "token.example"), credentials.hosts(Scope.root()));
  }

  @Test
  void dockersFileThatIsBrokenIsNoFailure() throws Exception {
    for (String text : List.of("", "{", "[]", "{\"auths\":1}", "{\"auths\":{\"a\":{\"auth\":\"%%%\"}}}")) {
      Files.writeString(docker, text);
      assertEquals(Optional.empty(), credentials.find(Scope.root(), "a"), text);
    }
  }

  @Test
  void aFileThatOthersMayReadIsNotUsed() throws Exception {
    credentials.put(Scope.root(), "a", new Credential("ann", "x"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(
        file + " may be read by others than its owner; it is not used: chmod 600 " + file,
        assertThrows(DeniedException.class, () -> credentials.find(Scope.root(), "a")).getMessage());
  }

  @Test
  void aDamagedFileIsToldWithoutItsContent() throws Exception {
    credentials.put(Scope.root(), "a", new Credential("ann", "x"));
    Files.writeString(file, "{\"hosts\": {\"a\": {\"secret\": \"topsecret\"");
    IOException e = assertThrows(InvalidException.class, () -> credentials.find(Scope.root(), "a"));
    assertEquals(file + " is damaged; repair or remove it", e.getMessage());
  }

  @Test
  void refusesWhatIsNoHostOrUser() {
    assertThrows(InvalidException.class, () -> credentials.put(Scope.root(), "https://r.example/x", new Credential("a", "b")));
    assertThrows(InvalidException.class, () -> credentials.put(Scope.root(), "", new Credential("a", "b")));
    assertThrows(InvalidException.class, () -> credentials.put(Scope.root(), "r.example", new Credential("a:b", "c")));
  }

  @Test
  void dockersFolderIsWhereTheEnvironmentSays() {
    assertEquals(Path.of("/home/system/.docker"), DockerConfig.folder(Map.of(), "/home/system"));
    assertEquals(Path.of("/home/own/.docker"), DockerConfig.folder(Map.of("HOME", "/home/own"), "/home/system"));
    assertEquals(Path.of("/etc/d"), DockerConfig.folder(Map.of("HOME", "/home/own", "DOCKER_CONFIG", "/etc/d"), "/home/system"));
  }
}
