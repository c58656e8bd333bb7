package io.gantry.commands;

import io.gantry.commands.Engine.Said;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of verbs over a core of real parts. */
public abstract class EngineTest {
  @TempDir protected Path root;
  protected Engine engine;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(root);
  }

  @AfterEach
  void close() throws IOException {
    engine.close();
  }

  protected List<String> ok(Verb verb, String... words) throws Exception {
    return engine.ok(verb, words);
  }

  protected Said say(Verb verb, String... words) throws Exception {
    return engine.say(verb, words);
  }
}
