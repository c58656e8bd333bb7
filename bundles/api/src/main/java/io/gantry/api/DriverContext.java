package io.gantry.api;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a driver instance is given besides its own configuration; read from the component's properties, where the manager puts it. What
 * follows is so for drivers of every kind; the contracts of {@code io.gantry.spi} add to it.
 *
 * <h2>Words</h2>
 * An <em>instance</em> is a driver by kind and name, such as {@code snapshot/overlayfs}: one configuration file and one root folder, which
 * outlive the builds that serve it. An <em>activation</em> is one object of one build, from its constructor to its close. A
 * <em>borrow</em> is one call of core into an activation.
 *
 * <p>The <em>epoch</em> is the number of an activation: at least 1, and larger than that of every activation before it under this root,
 * also those of earlier managers. Core hands it to the calls that begin something, as a field of their argument. A driver has two uses for
 * it: it puts it into names of temporary files, so that what an earlier activation left is told from what is being made now; and it refuses
 * an owner of a smaller epoch what one of a larger has taken over. Epochs are compared and kept; they MUST NOT be made up, and how much two
 * differ means nothing.
 *
 * <h2>Life</h2>
 * The constructor is called at the first borrow. Where the driver cannot work, it throws, with one line that says why; it MUST NOT sweep or
 * mend what is below the root. The end is the component's deactivation, or {@code close} where a driver is used as a library: after the
 * last borrow has ended. Of the kinds {@code content}, {@code metadata} and {@code snapshot}, and of a component with {@code
 * gantry.exclusive=true}, one activation at a time has the root, and the next begins when this one has ended. Of the others, old and new
 * are at work side by side until the last borrow of the old one has ended.
 *
 * <h2>Calls</h2>
 * Borrows come on threads of core, as many at once as there is work, and these threads are never interrupted: where a caller is, it leaves,
 * and its call goes on as at a deadline. A driver MUST NOT interrupt them. A caller waits until its
 * deadline, for a short call until {@code call.timeout} at most (two minutes by default); then it gets UnavailableException, while the call
 * goes on and its effect counts. So a driver MUST bound each wait of its own. A replacement waits {@code drain.timeout} (ten seconds by
 * default) for calls that run, and then gives them up: such a thread is still at work in the old object when the next activation has begun.
 * Where that could do harm, contracts have epochs.
 *
 * <h2>Errors</h2>
 * What the user, the disk or the network has brought about is an IOException, one of {@link GantryException} where one fits. Arguments that
 * the contract excludes are IllegalArgumentException or NullPointerException, before anything was changed. Classes of exceptions of the
 * driver's own do not get through: core turns them into ours, with the message.
 *
 * @param kind the kind, e.g. {@code snapshot}
 * @param name the instance's name, e.g. {@code overlayfs}; it is on disk and on the wire for ever
 * @param root the folder that this instance alone owns, and that outlives restarts; mode 0700
 * @param state a folder for sockets and other things that need not survive a reboot of the host; mode 0700
 */
public record DriverContext(String kind, String name, Path root, Path state) {
  /** Keys of component properties. */
  public static final String KIND = "gantry.kind";
  public static final String NAME = "gantry.name";
  public static final String ROOT = "gantry.instance.root";
  public static final String STATE = "gantry.instance.state";

  /** @throws IllegalArgumentException a key is missing; the message names it */
  public static DriverContext of(Map<String, ?> properties) {
    return new DriverContext(
        text(properties, KIND), text(properties, NAME), Path.of(text(properties, ROOT)), Path.of(text(properties, STATE)));
  }

  private static String text(Map<String, ?> properties, String key) {
    if (properties.get(key) instanceof String s && !s.isEmpty()) return s;
    throw new IllegalArgumentException("a driver's configuration has no " + key + "; it is set by the manager for files in config/");
  }
}
