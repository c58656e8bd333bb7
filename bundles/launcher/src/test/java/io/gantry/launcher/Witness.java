package io.gantry.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.LoggerFactory;

/** A bundle that says what it was started with, and that it was stopped. */
public final class Witness implements BundleActivator {
  @Override
  public void start(BundleContext context) throws Exception {
    LoggerFactory.getLogger(Witness.class).info("the witness is there\nand \u001b[2Jlies", new IOException("it\u001b[2J fell"));
    say(context, "started", context.getProperty("gantry.boot") + " " + context.getProperty("gantry.root"));
  }

  @Override
  public void stop(BundleContext context) throws Exception {
    say(context, "stopped", context.getProperty("gantry.boot"));
  }

  private static void say(BundleContext context, String name, String text) throws Exception {
    Path state = Path.of(context.getProperty("gantry.state"));
    Files.writeString(state.resolve(name + ".new"), text);
    Files.move(state.resolve(name + ".new"), state.resolve(name));
  }
}
