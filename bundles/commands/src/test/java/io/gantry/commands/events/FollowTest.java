package io.gantry.commands.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Typed;
import io.gantry.commands.Console;
import io.gantry.commands.Golden;
import io.gantry.service.event.Event;
import io.gantry.service.event.Events;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The help says of which namespaces events are followed, and they are. */
class FollowTest {
  private final Follow verb = new Follow();

  private static Event event(long sequence, String namespace) {
    return new Event(1, sequence, Golden.CREATED, namespace, "/tasks/start", new Typed("json", "{}".getBytes(StandardCharsets.UTF_8)),
        Event.Form.JSON);
  }

  private List<String> follow(String... words) throws Exception {
    List<Event> all = List.of(event(1, "default"), event(2, "shop"), event(3, "default"), event(4, "shop"));
    verb.events = Golden.service(Events.class, (method, args) -> all);
    var out = new ByteArrayOutputStream();
    var text = new PrintStream(out, true, StandardCharsets.UTF_8);
    List<String> line = Stream.concat(Stream.of("--past"), Stream.of(words)).toList();
    assertEquals(0, verb.run(verb.syntax().parse(line), new Console(null, InputStream.nullInputStream(), text, text)));
    return out.toString(StandardCharsets.UTF_8).lines().map(l -> l.split(" ")[1]).toList();
  }

  @Test
  void ofAllNamespacesUnlessOneIsGiven() throws Exception {
    assertEquals(List.of("default", "shop", "default", "shop"), follow("--count", "4"));
    assertEquals(List.of("shop", "shop"), follow("--count", "2", "-n", "shop"));
    List<String> lines = verb.syntax().help(80).lines().filter(l -> l.toLowerCase().contains("namespace"))
        .map(l -> l.strip().replaceAll(" +", " ")).toList();
    assertEquals(List.of("Columns: time, namespace, topic, event.",
        "-n, --namespace NAME Events of this namespace alone (default: of all)"), lines);
    assertTrue(new io.gantry.commands.ctr.ContainerList().syntax().help(80).contains("(default: default)"), "that of records stays");
  }

  @Test
  void bytesOfAClientAreShownAsBytes() throws Exception {
    var event = new Event(1, 1, Golden.CREATED, "default", "/my/topic", new Typed("my.Type", new byte[] {8, 1}), Event.Form.OPAQUE);
    verb.events = Golden.service(Events.class, (method, args) -> List.of(event));
    var out = new ByteArrayOutputStream();
    var text = new PrintStream(out, true, StandardCharsets.UTF_8);
    List<String> words = List.of("--past", "--count", "1");
    assertEquals(0, verb.run(verb.syntax().parse(words), new Console(null, InputStream.nullInputStream(), text, text)));
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("{\"type_url\":\"my.Type\",\"value\":\"CAE=\"}"), out::toString);
  }
}
