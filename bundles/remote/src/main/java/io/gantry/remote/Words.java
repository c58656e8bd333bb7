package io.gantry.remote;

import java.util.regex.Pattern;

/**
 * What a server tells by its words alone: all that this client guesses. Kinds of errors are codes ({@link Faults}), and these few have no
 * code of their own, or share one. No server sends details beside a code: containerd has none, and a Gantry says what containerd says, so
 * that the one way is good for both. A guess that fails loses a better message or an exit code, never an error.
 */
enum Words {
  /** UNIMPLEMENTED: there is no such service, as Go and Java tell it; else a service that refuses. */
  NO_SERVICE("unknown service|Method not found"),
  /** UNAVAILABLE: the server itself says so, as of a ref in use, by the word that containerd's errors end in; else the way to it. */
  UNAVAILABLE("unavailable$"),
  /**
   * UNKNOWN: the command of a container is at fault. runc's {@code exec: "redis": executable file not found in $PATH}, crun's {@code
   * executable file `redis` not found}, and a Gantry's own words.
   */
  COMMAND(Words.AT_FAULT),
  /** Of those: it is not there; else it cannot be executed. */
  MISSING(Words.AT_FAULT + "(?s:.*)(not found|no such file|is not there)"),
  /** UNKNOWN: containerd's shim, of a terminal whose output goes to no pipe. */
  NO_CONSOLE("console copy");

  private static final String AT_FAULT = "(exec: |executable file |the command )[\"'`][^\"'`]*[\"'`]";
  private final Pattern pattern;

  Words(String pattern) {
    this.pattern = Pattern.compile(pattern);
  }

  boolean in(Throwable e) {
    return in(String.valueOf(e.getMessage()));
  }

  boolean in(String message) {
    return pattern.matcher(message).find();
  }
}
