package io.gantry.bench;

import java.io.IOException;
import java.nio.file.Path;

/** One of the two that are compared: a daemon on private folders, and its client as a user calls it. Every call waits for its end. */
interface Side {
  String name();

  /** From nothing to the first answer. The folders are empty. */
  void start() throws IOException, InterruptedException;

  /** Ends the daemon. */
  void stop() throws IOException, InterruptedException;

  /** Its files, all of which go between two sessions. */
  Path folder();

  /** Fetches an image and unpacks it for the overlay snapshotter. @param image {@code NAME:TAG} in the registry on loopback */
  void pull(String image) throws IOException, InterruptedException;

  /** Runs {@code true} in a container and removes that. */
  void runTrue(String image, String id) throws IOException, InterruptedException;

  /** Lists images. */
  void list() throws IOException, InterruptedException;

  /** Whether nothing was fetched or unpacked so far. */
  boolean isEmpty() throws IOException, InterruptedException;

  /** Pid of the daemon. */
  long pid() throws IOException, InterruptedException;

  /** Where it serves containerd's API. */
  Path socket();

  /** Folder with the trees of all snapshots. */
  Path snapshots();
}
