package io.gantry.resolver.docker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.resolver.docker.RegistryHost.Capability;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsConfigTest {
  private static final Set<Capability> ALL = EnumSet.allOf(Capability.class);

  @TempDir Path folder;

  private Path write(String host, String text) throws Exception {
    Path file = Files.createDirectories(folder.resolve(host)).resolve("hosts.toml");
    return Files.writeString(file, text);
  }

  private List<RegistryHost> hosts(String registry) throws Exception {
    return HostsConfig.folder(folder).hosts(registry);
  }

  @Test
  void asksTheRegistryItselfWhereNothingIsSaid() throws Exception {
    String file = folder + "/docker.io/hosts.toml";
    assertEquals(
        List.of(new RegistryHost(URI.create("https://registry-1.docker.io/v2"), "", ALL, Map.of(), Tls.DEFAULT, false, file)),
        hosts("docker.io"));
    RegistryHost local = HostsConfig.none().hosts("localhost:5000").getFirst();
    assertEquals(new RegistryHost(URI.create("https://localhost:5000/v2"), "", ALL, Map.of(), Tls.DEFAULT, true, "hosts.toml"), local);
  }

  @Test
  void readsMirrorsInOrderWithTheirSettings() throws Exception {
    Path file = write("docker.io", """
        server = "https://registry-1.docker.io"
        [host."http://127.0.0.1:5000"]
          capabilities = ["pull"]
        [host."https://mirror.example/proxy/"]
          ca = "ca.pem"
          client = [["c.pem", "c.key"], ["d.pem", ""]]
          skip_verify = true
          dial_timeout = "3s"
          [host."https://mirror.example/proxy/".header]
            x-a = ["1", "2"]
        [host."https://third.example/v2/project"]
          override_path = true
          client = "both.pem"
        """);
    Path dir = file.getParent();
    Tls second =
        new Tls(
            List.of(dir.resolve("ca.pem")),
            List.of(new Tls.Pair(dir.resolve("c.pem"), dir.resolve("c.key")), new Tls.Pair(dir.resolve("d.pem"), dir.resolve("d.pem"))),
            true,
            Optional.of(Duration.ofSeconds(3)));
    Tls third = new Tls(List.of(), List.of(new Tls.Pair(dir.resolve("both.pem"), dir.resolve("both.pem"))), false, Optional.empty());
    String f = file.toString();
    assertEquals(
        List.of(
            new RegistryHost(URI.create("http://127.0.0.1:5000/v2"), "docker.io", Set.of(Capability.PULL), Map.of(), Tls.DEFAULT, false, f),
            new RegistryHost(URI.create("https://mirror.example/proxy/v2"), "docker.io", ALL, Map.of("x-a", List.of("1", "2")), second,
            false, f),
            new RegistryHost(URI.create("https://third.example/v2/project"), "docker.io", ALL, Map.of(), third, false, f),
            new RegistryHost(URI.create("https://registry-1.docker.io/v2"), "", ALL, Map.of(), Tls.DEFAULT, false, f)),
        hosts("docker.io"));
    assertEquals("https://mirror.example/proxy/v2/a?ns=docker.io", hosts("docker.io").get(1).uri("/a").toString());
  }

  @Test
  void findsTheFileUnderEveryNameItMayHave() throws Exception {
    write("_default", "[host.\"https://default.example\"]");
    assertEquals(List.of("default.example", "reg.example:5000"), hosts("reg.example:5000").stream().map(RegistryHost::authority).toList());
    write("reg.example_5000_", "server = \"https://c\"");
    assertEquals(List.of("c"), hosts("reg.example:5000").stream().map(RegistryHost::authority).toList());
    write("reg.example_5000", "server = \"https://b\"");
    assertEquals(List.of("b"), hosts("reg.example:5000").stream().map(RegistryHost::authority).toList());
    write("reg.example:5000", "server = \"https://a\"");
    assertEquals(List.of("a"), hosts("reg.example:5000").stream().map(RegistryHost::authority).toList());
  }

  @Test
  void isReadAgainEachTime() throws Exception {
    HostsConfig config = HostsConfig.folder(folder);
    assertEquals("r.example", config.hosts("r.example").getFirst().authority());
    write("r.example", "server = \"https://other.example:444\"");
    assertEquals("other.example:444", config.hosts("r.example").getFirst().authority());
  }

  @Test
  void takesRootSettingsForTheOrigin() throws Exception {
    Path file = write("r.example", "ca = [\"a\", \"/b\"]\ncapabilities = [\"pull\", \"resolve\"]");
    RegistryHost h = hosts("r.example").getFirst();
    assertEquals(List.of(file.resolveSibling("a"), Path.of("/b")), h.tls().ca());
    assertTrue(h.can(Capability.PULL, Capability.RESOLVE));
    assertEquals("", h.namespace());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "[host.\"http://far.example:5000\"] | 1: plain http is for loopback hosts only, found 'http://far.example:5000'; use https, with ca "
        + "where its"
        + " certificate is your own",
    "server = \"http://far.example\" | 1: plain http is for loopback hosts only, found 'http://far.example'; use https, with ca where its "
    + "certificate is"
        + " your own",
    "server = \"ftp://x\" | 1: 'ftp://x' is not [http[s]://]host[:port][/path]",
    "server = \"https://u:p@x\" | 1: 'https://…@x' is not [http[s]://]host[:port][/path]",
    "server = \"https://x y\" | 1: 'https://x y' is no URL",
    "server = 1 | 1: 'server' is a \"string\"",
    "host = 1 | 1: 'host' is not a table",
    "[host.\"https://a\"];skip_verify = \"yes\" | 2: 'skip_verify' is true or false",
    "[host.\"https://a\"];skip_verfy = true | 2: unknown key 'skip_verfy', known are [ca, capabilities, client, dial_timeout, header, "
    + "override_path,"
        + " skip_verify]",
    "[host.\"https://a\"];capabilities = [\"pul\"] | 2: unknown capability 'pul', known are pull, resolve, push, referrers",
    "[host.\"https://a\"];ca = 3 | 2: 'ca' is a \"string\" or an array of strings",
    "[host.\"https://a\"];client = [[\"a\"]] | 2: client is \"file\" or [[\"certificate file\", \"key file\"], …]",
    "[host.\"https://a\"];dial_timeout = \"soon\" | 2: dial_timeout is 'soon', expected e.g. \"3s\" or \"500ms\"",
    "[host.\"https://a\".header];Host = \"b\" | 2: header 'Host' cannot be set here",
    "[host.\"https://a\".header];x = \"a\\nb\" | 2: header 'x' is a \"string\" of one line, or an array of such",
    "[host.\"https://a\" | 1: the name of a table ends with ']', found the end of the file",
  })
  void refusesAFileThatIsWrong(String text, String message) throws Exception {
    Path file = write("r.example", text.replace(';', '\n').replace("…\n", "…;"));
    assertEquals(file + ":" + message, assertThrows(InvalidException.class, () -> hosts("r.example")).getMessage());
  }
}
