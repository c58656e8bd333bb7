package io.gantry.commands.events;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.oci.filter.Filter;
import io.gantry.service.event.Event;
import io.gantry.service.event.Events;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code events:follow}. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=events",
    "osgi.command.function=follow"})
public final class Follow extends Verb {
  private static final int PAGE = 200;
  private static final Duration WAIT = Duration.ofSeconds(1);
  @Reference Events events;

  public Follow() {
    super(new Syntax("events:follow", "Print what happens, from now on, until Ctrl-C")
        .flag("--past", "", "Begin with the events that are still kept")
        .option("--count", "", "N", "Stop after N events", "")
        .namespace("Events of this namespace alone (default: of all)")
        .format()
        .anyOperands("FILTER", "")
        .details("Columns: time, namespace, topic, event.\n"
            + "FILTER is of containerd's language: conditions joined by commas, on namespace, topic and event.FIELD, by == != or ~= (a "
            + "regular expression); of several filters one must match.")
        .example("events:follow --past --count 10")
        .example("events:follow topic~=^/tasks/,event.container_id==foo topic==/images/delete"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    long count = count(args);
    String namespace = args.get("--namespace", "");
    boolean json = args.json();
    Filter filter = Filter.parse(args.operands());
    long after = args.has("--past") ? 0 : events.sequence(args.scope());
    while (count > 0 && !console.out().checkError()) {
      for (Event e : events.after(args.scope(), after, PAGE, WAIT)) {
        if (e.sequence() > after + 1 && after > 0) console.err().println((e.sequence() - after - 1) + " events were missed");
        after = e.sequence();
        if (!namespace.isEmpty() && !namespace.equals(e.namespace())) continue;
        if (!filter.matches(path -> field(e, path))) continue;
        print(console, e, json);
        if (--count == 0) break;
      }
    }
    return 0;
  }

  private static Optional<String> field(Event e, List<String> path) {
    return switch (path.getFirst()) {
      case "namespace" -> Optional.of(e.namespace());
      case "topic" -> Optional.of(e.topic());
      case "event" -> value(document(e), path.subList(1, path.size()));
      default -> Optional.empty();
    };
  }

  /** A key of a map may have dots. */
  private static Optional<String> value(JsonNode from, List<String> path) {
    if (path.isEmpty()) return Optional.of(from).filter(JsonNode::isValueNode).map(JsonNode::asText);
    for (int n = path.size(); n > 0; n--) {
      JsonNode next = from.get(String.join(".", path.subList(0, n)));
      if (next != null) return value(next, path.subList(n, path.size()));
    }
    return Optional.empty();
  }

  private static void print(Console console, Event e, boolean json) {
    if (json) {
      var o = Json.object().put("epoch", e.epoch()).put("sequence", e.sequence()).put("time", e.at().toString());
      o.put("namespace", e.namespace()).put("topic", e.topic()).put("type", e.event().typeUrl());
      o.set("event", document(e));
      console.out().println(Json.line(o));
    } else {
      console.out().println(e.at() + " " + e.namespace() + " " + e.topic() + " " + Json.line(document(e)));
    }
    console.out().flush();
  }

  /** What a client brought is bytes of its own type. */
  private static JsonNode document(Event e) {
    return switch (e.form()) {
      case JSON -> Json.parse(e.event().value());
      case OPAQUE -> Json.object().put("type_url", e.event().typeUrl())
          .put("value", Base64.getEncoder().encodeToString(e.event().value()));
    };
  }

  private static long count(Args args) throws IOException {
    if (!args.has("--count")) return Long.MAX_VALUE;
    String n = args.get("--count", "");
    if (n.matches("[1-9][0-9]{0,17}")) return Long.parseLong(n);
    throw args.wrong("--count is '" + n + "', expected a number from 1 on");
  }
}
