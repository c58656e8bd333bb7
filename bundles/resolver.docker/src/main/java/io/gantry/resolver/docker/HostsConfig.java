package io.gantry.resolver.docker;

import io.gantry.api.InvalidException;
import io.gantry.resolver.docker.RegistryHost.Capability;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which hosts are asked for the images of a registry, from {@code <folder>/<host[_port]>/hosts.toml} as containerd has it; {@code _default}
 * where a registry has no folder of its own. Read again at every call, so that a change needs no restart. A file that is malformed is an
 * error, never a silent way to the origin: whoever wrote a mirror down wants to know that it is not asked.
 */
public final class HostsConfig {
  private static final Set<Capability> PULLING = EnumSet.of(Capability.PULL, Capability.RESOLVE, Capability.PUSH, Capability.REFERRERS);

  private final Optional<Path> folder;

  private HostsConfig(Optional<Path> folder) {
    this.folder = folder;
  }

  /** No mirrors: each registry is asked itself. */
  public static HostsConfig none() {
    return new HostsConfig(Optional.empty());
  }

  /** @param folder holds a folder per registry; need not exist */
  public static HostsConfig folder(Path folder) {
    return new HostsConfig(Optional.of(folder));
  }

  /** The hosts for a registry in the order they are asked, the origin last. */
  List<RegistryHost> hosts(String registry) throws IOException {
    Optional<Path> file = file(registry);
    if (file.isEmpty()) return List.of(origin(registry, fileFor(registry)));
    return new HostsFile(file.get(), registry).read();
  }

  private String fileFor(String registry) {
    return folder.map(f -> f.resolve(registry.replace(':', '_')).resolve("hosts.toml").toString()).orElse("hosts.toml");
  }

  private Optional<Path> file(String registry) {
    if (folder.isEmpty()) return Optional.empty();
    String underscored = registry.replace(':', '_');
    for (String name : new String[] {registry, underscored, underscored + "_", "_default"}) {
      Path file = folder.get().resolve(name).resolve("hosts.toml");
      if (Files.exists(file)) return Optional.of(file);
    }
    return Optional.empty();
  }

  /** The registry itself; Docker Hub's API is under another name. */
  static RegistryHost origin(String registry, String file) {
    String host = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
    URI base = URI.create("https://" + host + "/v2");
    return new RegistryHost(base, "", PULLING, Map.of(), Tls.DEFAULT, RegistryHost.isLoopback(base.getHost()), file);
  }

  /** One file, read. */
  private static final class HostsFile {
    private static final Set<String> KEYS =
        Set.of("capabilities", "ca", "client", "skip_verify", "header", "override_path", "dial_timeout");
    private final Path file;
    private final String registry;

    HostsFile(Path file, String registry) {
      this.file = file;
      this.registry = registry;
    }

    List<RegistryHost> read() throws IOException {
      Map<String, Toml.Value> root = Toml.parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
      List<RegistryHost> hosts = new ArrayList<>();
      Toml.Value table = root.remove("host");
      if (table != null) {
        for (var e : table(table, "host").entrySet()) hosts.add(host(e.getKey(), table(e.getValue(), e.getKey()), e.getValue().line()));
      }
      Toml.Value server = root.remove("server");
      if (server == null) {
        RegistryHost origin = origin(registry, file.toString());
        hosts.add(root.isEmpty() ? origin : with(origin.base(), origin.guessed(), root));
      } else {
        hosts.add(host(text(server, "server"), root, server.line()));
      }
      return hosts;
    }

    private RegistryHost host(String url, Map<String, Toml.Value> table, int line) throws InvalidException {
      boolean guessed = !url.contains("://");
      URI uri = uri(guessed ? "https://" + url : url, line);
      boolean loopback = RegistryHost.isLoopback(uri.getHost());
      if (uri.getScheme().equals("http") && !loopback) {
        throw Toml.error(file.toString(), line, "plain http is for loopback hosts only, found '" + url + "'; use https, with ca where its"
            + " certificate is your own");
      }
      return with(uri, guessed && loopback, table);
    }

    private RegistryHost with(URI uri, boolean guessed, Map<String, Toml.Value> table) throws InvalidException {
      for (var e : table.entrySet()) {
        if (!KEYS.contains(e.getKey())) {
          throw Toml.error(file.toString(), e.getValue().line(), "unknown key '" + e.getKey() + "', known are " + KEYS.stream().sorted()
              .toList());
        }
      }
      String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
      if (!flag(table, "override_path") && !path.endsWith("/v2")) path += "/v2";
      URI base = URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + path);
      boolean origin = RegistryHost.authority(base).equals(origin(registry, "").authority());
      return new RegistryHost(
          base, origin ? "" : registry, capabilities(table.get("capabilities")), Headers.read(file, table.get("header")), tls(table),
          guessed,
          file.toString());
    }

    private URI uri(String url, int line) throws InvalidException {
      try {
        URI uri = URI.create(url);
        boolean http = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
        if (http && uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null && uri.getFragment() == null) return uri;
      } catch (IllegalArgumentException e) {
        throw Toml.error(file.toString(), line, "'" + url + "' is no URL");
      }
      throw Toml.error(file.toString(), line, "'" + Redacted.text(url) + "' is not [http[s]://]host[:port][/path]");
    }

    private Set<Capability> capabilities(Toml.Value v) throws InvalidException {
      if (v == null) return PULLING;
      Set<Capability> set = EnumSet.noneOf(Capability.class);
      for (String name : texts(v, "capabilities")) {
        switch (name) {
          case "pull" -> set.add(Capability.PULL);
          case "resolve" -> set.add(Capability.RESOLVE);
          case "push" -> set.add(Capability.PUSH);
          case "referrers" -> set.add(Capability.REFERRERS);
          default -> throw Toml.error(file.toString(), v.line(), "unknown capability '" + name
              + "', known are pull, resolve, push, referrers");
        }
      }
      return set;
    }

    private Tls tls(Map<String, Toml.Value> table) throws InvalidException {
      List<Path> ca = new ArrayList<>();
      if (table.get("ca") != null) for (String s : texts(table.get("ca"), "ca")) ca.add(beside(s));
      List<Tls.Pair> client = new ArrayList<>();
      Toml.Value c = table.get("client");
      if (c != null) for (Object o : c.value() instanceof List<?> list ? list : List.of(c.value())) client.add(pair(o, c.line()));
      return new Tls(ca, client, flag(table, "skip_verify"), dialTimeout(table.get("dial_timeout")));
    }

    /** {@code "both.pem"} or {@code ["cert.pem", "key.pem"]}. */
    private Tls.Pair pair(Object o, int line) throws InvalidException {
      if (o instanceof String s) return new Tls.Pair(beside(s), beside(s));
      if (o instanceof List<?> l && l.size() == 2 && l.get(0) instanceof String cert && l.get(1) instanceof String key) {
        return new Tls.Pair(beside(cert), key.isEmpty() ? beside(cert) : beside(key));
      }
      throw Toml.error(file.toString(), line, "client is \"file\" or [[\"certificate file\", \"key file\"], …]");
    }

    private Path beside(String name) {
      return file.getParent().resolve(name);
    }

    private Optional<Duration> dialTimeout(Toml.Value v) throws InvalidException {
      if (v == null) return Optional.empty();
      String s = text(v, "dial_timeout");
      if (s.matches("[0-9]{1,6}ms")) return Optional.of(Duration.ofMillis(Long.parseLong(s.substring(0, s.length() - 2))));
      if (s.matches("[0-9]{1,6}[sm]")) return Optional.of(Duration.parse("PT" + s.toUpperCase(java.util.Locale.ROOT)));
      throw Toml.error(file.toString(), v.line(), "dial_timeout is '" + s + "', expected e.g. \"3s\" or \"500ms\"");
    }

    @SuppressWarnings("unchecked")
    private Map<String, Toml.Value> table(Toml.Value v, String key) throws InvalidException {
      if (v.value() instanceof Map<?, ?> map) return (Map<String, Toml.Value>) map;
      throw Toml.error(file.toString(), v.line(), "'" + key + "' is not a table");
    }

    private boolean flag(Map<String, Toml.Value> table, String key) throws InvalidException {
      Toml.Value v = table.get(key);
      if (v == null) return false;
      if (v.value() instanceof Boolean b) return b;
      throw Toml.error(file.toString(), v.line(), "'" + key + "' is true or false");
    }

    private String text(Toml.Value v, String key) throws InvalidException {
      if (v.value() instanceof String s) return s;
      throw Toml.error(file.toString(), v.line(), "'" + key + "' is a \"string\"");
    }

    private List<String> texts(Toml.Value v, String key) throws InvalidException {
      List<String> all = new ArrayList<>();
      for (Object o : v.value() instanceof List<?> list ? list : List.of(v.value())) {
        if (!(o instanceof String s)) throw Toml.error(file.toString(), v.line(), "'" + key + "' is a \"string\" or an array of strings");
        all.add(s);
      }
      return all;
    }
  }
}
