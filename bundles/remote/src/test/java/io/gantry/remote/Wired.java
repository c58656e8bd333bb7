package io.gantry.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A manager over the folder of a trial, and a client of it: what makes a driver's rules go over the wire.
 *
 * @param engine the manager
 * @param manager the client
 * @param sent a folder that outlives both
 */
record Wired(Engine engine, RemoteManager manager, Path sent) implements AutoCloseable {
  static Wired open(Path root) throws IOException {
    Engine engine = new Engine(root);
    return new Wired(engine, RemoteManager.connect(engine.address()), Files.createDirectories(root.resolveSibling("sent")));
  }

  @Override
  public void close() throws IOException {
    manager.close();
    engine.close();
  }
}
