package io.gantry.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OptionsTest {
  @Test
  void everythingByDefault() {
    assertEquals(new Options(Optional.empty(), 5, EnumSet.allOf(Measure.class)), Options.parse(List.of()));
  }

  @Test
  void all() {
    assertEquals(new Options(Optional.of(Path.of("out.json")), 3, EnumSet.of(Measure.RUN, Measure.START)),
        Options.parse(List.of("--json", "out.json", "--rounds=3", "--only", "run-true,start")));
  }

  @Test
  void refused() {
    for (List<String> words : List.of(List.of("--rounds"), List.of("--rounds", "0"), List.of("--rounds", "many"),
        List.of("--only", "speed"),
        List.of("--only", "start,speed"), List.of("--verbose"), List.of("start"))) {
      var e = assertThrows(IllegalArgumentException.class, () -> Options.parse(words), words.toString());
      assertTrue(e.getMessage().contains(words.getLast().replace("start,", "")), e.getMessage());
    }
  }

  @Test
  void theScriptsHelpNamesEveryMeasure() throws Exception {
    String script = Files.readString(Path.of("..", "..", "gantry"));
    String head = "--only MEASURE  leave the others out:";
    int at = script.indexOf(head) + head.length();
    String named = script.substring(at, script.indexOf("TEXT", at)).strip().replaceAll("\\s+", " ");
    assertEquals(Arrays.stream(Measure.values()).map(Measure::id).collect(Collectors.joining(", ")), named);
  }
}
