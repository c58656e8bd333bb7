package io.gantry.commands.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.commands.EngineTest;
import io.gantry.kit.image.Blob;
import io.gantry.service.content.Contents;
import io.gantry.service.content.WriterSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EditTest extends EngineTest {
  private static final byte[] OLD = "{\"old\":1}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] NEW = "{\"new\":22}".getBytes(StandardCharsets.UTF_8);
  private final Digest digest = Blob.digest(OLD);
  private final List<String> seen = new ArrayList<>();

  @BeforeEach
  void bring() throws IOException {
    engine.service(Contents.class).put(Scope.root(), WriterSpec.of("r"), OLD);
  }

  /** Writes that, and answers this. */
  private UnaryOperator<String> writes(byte[] bytes, String why) {
    return name -> {
      try {
        Path file = Path.of(name);
        seen.add(Files.readString(file) + " " + PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Files.write(file, bytes);
        return why;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> all = Files.list(root.resolve("state"))) {
      return all.filter(p -> p.getFileName().toString().startsWith("edit-")).toList();
    }
  }

  @Test
  void whatComesFromTheEditorIsANewBlob() throws Exception {
    Path other = Files.createFile(root.resolve("state/edit-6-of-a-manager-that-was-killed"));
    engine.editing(writes(NEW, ""));
    assertEquals(List.of(Blob.digest(NEW).toString()), ok(new Edit(), "-l", "a=b", digest.toString()));
    assertEquals(List.of("{\"old\":1} rw-------"), seen);
    assertEquals(List.of("{\"new\":22}"), ok(new Get(), Blob.digest(NEW).toString()));
    assertEquals(List.of("a=b"), ok(new Label(), Blob.digest(NEW).toString()));
    assertEquals(List.of("{\"old\":1}"), ok(new Get(), digest.toString()));
    assertEquals(List.of(), ok(new Active(), "-q"));
    assertEquals(List.of(), left(), "also " + other);
  }

  @Test
  void whereNothingIsChangedItIsTheSame() throws Exception {
    engine.editing(writes(OLD, ""));
    assertEquals(List.of(digest.toString()), ok(new Edit(), digest.toString()));
    assertEquals(List.of(digest.toString()), ok(new Blobs(), "-q"));
  }

  @Test
  void whatComesToNothingMakesNothing() throws Exception {
    engine.editing(writes(NEW, "the editor 'x' ended with exit code 3"));
    assertEquals("dist:edit: the editor 'x' ended with exit code 3; nothing was made\n", say(new Edit(), digest.toString()).err());
    engine.editing(name -> {
      Thread.currentThread().interrupt();
      return "interrupted";
    });
    assertEquals("dist:edit was interrupted; nothing was made\n", say(new Edit(), digest.toString()).err());
    assertTrue(Thread.interrupted(), "it stays");
    engine.editing(name -> {
      assertTrue(Path.of(name).toFile().delete());
      return "";
    });
    assertEquals("dist:edit: the editor took the file away; nothing was made\n", say(new Edit(), digest.toString()).err());
    assertEquals(1, say(new Edit(), Blob.digest(NEW).toString()).code());
    assertTrue(say(new Edit(), "redis").err().contains("usage: dist:edit"));
    assertEquals(List.of(digest.toString()), ok(new Blobs(), "-q"));
    assertEquals(List.of(), left());
    engine.editing(null);
    assertTrue(say(new Edit(), digest.toString()).err().contains("'gantry dist:edit " + digest + "'"));
  }
}
