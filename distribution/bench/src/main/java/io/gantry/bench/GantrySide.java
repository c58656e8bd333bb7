package io.gantry.bench;

import io.gantry.stage.PrivateManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Gantry as its archive has it. */
final class GantrySide implements Side {
  private final PrivateManager manager;
  private final Path folder;
  private final String registry;
  private final Path tools;
  private final Client client;

  /** @param registry {@code HOST:PORT} on loopback */
  GantrySide(Path script, Path folder, String registry, Path tools) {
    this.manager = new PrivateManager(script, folder.resolve("root"), folder.resolve("state"));
    this.folder = folder;
    this.registry = registry;
    this.tools = tools;
    this.client = new Client(folder.resolveSibling("gantry.out"), Map.of());
  }

  @Override
  public String name() {
    return "gantry";
  }

  /** Hosts and programs are configured before the time runs. */
  void configure() throws IOException {
    Files.createDirectories(folder);
    manager.mirror(registry, "http://" + registry);
    manager.programs(tools);
  }

  @Override
  public void start() throws IOException, InterruptedException {
    client.run(manager.command("start"));
  }

  @Override
  public void stop() throws IOException, InterruptedException {
    client.run(manager.command("stop"));
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public void pull(String image) throws IOException, InterruptedException {
    client.run(manager.command("dist:pull", registry + "/" + image));
  }

  @Override
  public void runTrue(String image, String id) throws IOException, InterruptedException {
    client.run(manager.command("ctr:run", "--rm", "--id", id, registry + "/" + image, "/bin/true"));
  }

  @Override
  public void list() throws IOException, InterruptedException {
    client.run(manager.command("dist:images"));
  }

  @Override
  public boolean isEmpty() throws IOException, InterruptedException {
    client.run(manager.command("dist:list", "-q"));
    String blobs = client.output();
    client.run(manager.command("snapshot:list", "-q"));
    return (blobs + client.output()).isEmpty();
  }

  /** Removes the container of an interrupted measurement. */
  void forget() throws IOException, InterruptedException {
    manager.forget(Session.CONTAINER);
  }

  void endCommands() throws InterruptedException {
    manager.endCommands();
  }

  /** Ends the manager, where it runs. */
  void end() throws IOException, InterruptedException {
    if (manager.pid().isPresent()) manager.ask("stop");
  }

  @Override
  public long pid() throws IOException, InterruptedException {
    return manager.pid().orElseThrow(() -> new IOException("the manager is gone"));
  }

  @Override
  public Path socket() {
    return manager.state().resolve("gantry.sock");
  }

  @Override
  public Path snapshots() {
    return manager.root().resolve("snapshot").resolve("overlayfs");
  }
}
