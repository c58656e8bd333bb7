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
 * The note of a clean close: nobody can still be writing to this journal, and it had this length. Taken away when it is read, so that it
 * is there only between a close and the next open. It is not synced: one that a power loss ate is one that was never left.
 *
 * @param journal name of the last journal
 * @param length of it
 * @param sequence of the last commit
 */
record CleanClose(String journal, long length, long sequence) {
  private static final String NAME = "clean";

  static Optional<CleanClose> take(Folder folder) throws IOException {
    Path file = folder.path().resolve(NAME);
    try {
      List<String> lines = Files.readAllLines(file);
      Files.delete(file);
      if (lines.size() != 4 || !lines.get(3).equals("end")) return Optional.empty();
      return Optional.of(new CleanClose(lines.get(0), Long.parseLong(lines.get(1)), Long.parseLong(lines.get(2))));
    } catch (NoSuchFileException | NumberFormatException | MalformedInputException e) {
      return Optional.empty(); // none, or one that a power loss damaged, says nothing
    }
  }

  void leave(Folder folder) throws IOException {
    Path passing = folder.path().resolve(NAME + ".tmp");
    Files.write(passing, List.of(journal, Long.toString(length), Long.toString(sequence), "end"));
    Files.move(passing, folder.path().resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
  }
}
