package io.gantry.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which key is named when a driver refuses the values of a changed file. */
class TrialTest {
  private static final String NAME = "metadata.mapdb~main.cfg";
  private static final String SAYS = "driver metadata/main of io.gantry.metadata.mapdb 1.0.0, bundle 9 cannot be activated: ";
  @TempDir Path folder;

  private ConfigFile file(String text) throws IOException {
    return ConfigFile.read(Files.writeString(folder.resolve(NAME), text));
  }

  private void blamed(String where, String before, String now, String words) throws IOException {
    assertEquals(NAME + where + ": " + SAYS + words, Trial.blame(file(now), file(before), SAYS + words));
  }

  /** As the shipped drivers say it. */
  @Test
  void aKeyThatTheDriverNames() throws Exception {
    String before = "store = a\nsync = 1\nmount.options = x\n";
    String now = "store = b\nsync = 0\nmount.options = y\n";
    blamed(":2: sync", before, now, "sync = 0: expected 1 to 3600 seconds");
    blamed(":1: store", before, now, "the store cannot be had with store = b");
    blamed(":2: sync", before, now, "sync is 0, expected 1 or more seconds");
    blamed(":3: mount.options", before, now, "mount.options has 'y', which this driver sets itself");
    blamed(":3: mount.options", before, now, "mount.options: overlayfs of this kernel does not take 'y': for the store");
    blamed(":2: sync", before, now, "metadata.mapdb: sync must be at least 1");
    blamed(":2: sync", before, now, "no program sync in the PATH; install it or set sync to its path");
    blamed(":2: sync", before, now, "sync = 0 does not go with store = b");
  }

  @Test
  void aWordThatIsNoKeyBlamesNone() throws Exception {
    String before = "store = a\nsync = 1\nmain = 1\n";
    String now = "store = b\nsync = 0\nmain = 2\n";
    for (String words : new String[] {"the store cannot be opened", "the store is closed", "the metadata store: it is damaged",
        "sync.megabytes = 5 is too much", "re-sync = x", "sync", "the disk of metadata/main = full"}) {
      blamed("", before, now, words);
    }
  }

  @Test
  void theOneThatWasAddedChangedOrRemoved() throws Exception {
    blamed(":2: sync", "store = a\n", "store = a\nsync = 0\n", "there is no room");
    blamed(":1: store", "store = a\nsync = 0\n", "store = b\nsync = 0\n", "there is no room");
    blamed(": sync is no longer given", "store = a\nsync = 0\n", "store = a\n", "there is no room");
    blamed("", "store = a\nsync = 0\n", "store = b\n", "there is no room in the store");
    blamed(": sync is no longer given", "store = a\nsync = 0\n", "store = b\n", "sync must be given");
  }
}
