package io.gantry.transfer;

import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.transfer.Credentials;
import io.gantry.spi.resolver.Credential;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Our file first, docker's after it. Read at each question, so that a login elsewhere counts at once. */
final class StoredCredentials implements Credentials {
  private final CredentialsFile own;
  private final DockerConfig docker;
  private final Supplier<Settings> settings;

  StoredCredentials(CredentialsFile own, DockerConfig docker, Supplier<Settings> settings) {
    this.own = own;
    this.docker = docker;
    this.settings = settings;
  }

  @Override
  public Optional<Credential> find(Scope scope, String host) throws IOException {
    String name = Hosts.name(host);
    Credential c = own.read().get(name);
    return Optional.ofNullable(c != null ? c : docker.read().get(name));
  }

  @Override
  public synchronized void put(Scope scope, String host, Credential credential) throws IOException {
    if (host.isBlank() || host.contains("/") || host.contains(" ")) {
      throw new InvalidException("'" + host + "' is not a registry's host[:port], e.g. registry.example.com:5000");
    }
    if (credential.user().contains(":")) throw new InvalidException("a user name has no ':'");
    Map<String, Credential> all = new TreeMap<>(own.read());
    all.put(Hosts.name(host), credential);
    own.write(all);
  }

  @Override
  public synchronized boolean remove(Scope scope, String host) throws IOException {
    Map<String, Credential> all = new TreeMap<>(own.read());
    if (all.remove(Hosts.name(host)) == null) return false;
    own.write(all);
    return true;
  }

  @Override
  public List<String> hosts(Scope scope) throws IOException {
    Map<String, Credential> all = new TreeMap<>(docker.read());
    all.putAll(own.read());
    return List.copyOf(new ArrayList<>(all.keySet()));
  }

  @Override
  public DriverRef resolver(Scope scope, String host) {
    return settings.get().resolver(host);
  }
}
