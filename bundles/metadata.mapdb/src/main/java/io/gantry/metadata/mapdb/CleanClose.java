package io.gantry.metadata.mapdb;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * The note of a clean close: nobody can still be writing to this journal, and it had this length. It is there between a close and the next
 * open that succeeds: as it is what proves a loss, an open that finds one leaves it. It is not synced: one that a power loss ate is one
 * that was never left, one that came back says less than is there.
 *
 * @param journal name of the last journal
 * @param salt of it, which tells it from another of that name
 * @param length of it
 * @param sequence of the last commit
 */
record CleanClose(String journal, long salt, long length, long sequence) {
  private static final String NAME = "clean";

  static Optional<CleanClose> find(Folder folder) throws IOException {
    Path file = folder.path().resolve(NAME);
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() != 5 || !lines.get(4).equals("end")) return Optional.empty();
      return Optional.of(new CleanClose(lines.get(0), Long.parseLong(lines.get(1)), Long.parseLong(lines.get(2)), Long.parseLong(lines.get(
          3))));
    } catch (NoSuchFileException | NumberFormatException | MalformedInputException e) {
      return Optional.empty(); // none, or one that a power loss damaged, says nothing
    }
  }

  /** Before the first write: who comes after a kill must not take this journal for one that nobody writes to. */
  static void forget(Folder folder) throws IOException {
    Files.deleteIfExists(folder.path().resolve(NAME));
  }

  void leave(Folder folder) throws IOException {
    Path passing = folder.path().resolve(NAME + ".tmp");
    Files.write(passing, List.of(journal, Long.toString(salt), Long.toString(length), Long.toString(sequence), "end"));
    Files.move(passing, folder.path().resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
  }
}
