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
    List<String> lines = verb.syntax().help(80).lines().filter(l -> l.toLowerCase().contains("namespace") && !l.startsWith("FILTER"))
        .map(l -> l.strip().replaceAll(" +", " ")).toList();
    assertEquals(List.of("Columns: time, namespace, topic, event.",
        "-n, --namespace NAME Events of this namespace alone (default: of all)"), lines);
    assertTrue(new io.gantry.commands.ctr.ContainerList().syntax().help(80).contains("(default: default)"), "that of records stays");
  }

  @Test
  void thoseThatAFilterWants() throws Exception {
    var all = new java.util.ArrayList<Event>();
    for (String[] e : new String[][] {{"/tasks/start", "{\"container_id\":\"foo\",\"pid\":7}"}, {"/tasks/exit",
        "{\"container_id\":\"bar\"}"}, {"/images/update", "{\"name\":\"i\",\"labels\":{\"a.b\":\"c\"}}"}}) {
      all.add(new Event(1, all.size() + 1, Golden.CREATED, "default", e[0], new Typed("json", e[1].getBytes(StandardCharsets.UTF_8)),
          Event.Form.JSON));
    }
    assertEquals(List.of("/tasks/start"), topics(all, 1, "event.container_id==foo"));
    assertEquals(List.of("/tasks/start", "/images/update"), topics(all, 2, "topic~=^/tasks/,event.pid==7", "event.labels.a.b==c"));
    assertEquals(List.of("/images/update"), topics(all, 1, "event.container_id!=foo,topic~=^/images"));
    assertEquals(List.of("/tasks/start", "/tasks/exit", "/images/update"), topics(all, 3, "namespace==default"));
    assertTrue(org.junit.jupiter.api.Assertions.assertThrows(io.gantry.api.InvalidException.class, () -> topics(all, 1, "topic~=(("))
        .getMessage().contains("topic"));
  }

  private List<String> topics(List<Event> all, int count, String... filters) throws Exception {
    verb.events = Golden.service(Events.class, (method, args) -> (Long) args[1] == 0 ? all : fail());
    var out = new ByteArrayOutputStream();
    var text = new PrintStream(out, true, StandardCharsets.UTF_8);
    List<String> line = Stream.concat(Stream.of("--past", "--count", "" + count), Stream.of(filters)).toList();
    assertEquals(0, verb.run(verb.syntax().parse(line), new Console(null, InputStream.nullInputStream(), text, text)));
    return out.toString(StandardCharsets.UTF_8).lines().map(l -> l.split(" ")[2]).toList();
  }

  private static Object fail() {
    throw new AssertionError("fewer events than are expected are wanted");
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
