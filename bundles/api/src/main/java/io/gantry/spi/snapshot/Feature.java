package io.gantry.spi.snapshot;

/** What a snapshot driver can do beyond the rules; declared as service property {@link #PROPERTY} (an array of names). */
public enum Feature {
  /**
   * Parents may first be given at {@code seal}. The folder of such a snapshot, which {@code mounts} gives as one bind mount, takes
   * whiteouts as overlayfs keeps them: a character device 0:0, and {@code trusted.overlay.opaque=y} on a folder.
   */
  REBASE;

  public static final String PROPERTY = "gantry.features";
}
