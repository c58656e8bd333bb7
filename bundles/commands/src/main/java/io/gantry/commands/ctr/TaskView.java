package io.gantry.commands.ctr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.commands.Json;
import io.gantry.service.task.TaskInfo;
import io.gantry.spi.runtime.TaskState;
import java.util.Locale;

/** How a container is shown. */
final class TaskView {
  private TaskView() {}

  static String status(TaskInfo t) {
    if (t.state().isEmpty()) return t.why().isEmpty() ? "created" : "unknown";
    TaskState s = t.state().get();
    String status = s.status().name().toLowerCase(Locale.ROOT);
    return s.exit().map(e -> status + " (" + e.code() + ")").orElse(status);
  }

  static String pid(TaskInfo t) {
    return t.state().filter(s -> s.pid() > 0).map(s -> Long.toString(s.pid())).orElse("-");
  }

  static ObjectNode json(TaskInfo t) {
    var c = t.container();
    ObjectNode o = Json.object().put("id", c.id()).put("image", c.image()).put("runtime", c.runtime());
    o.put("snapshotter", c.snapshotter()).put("snapshotKey", c.snapshotKey());
    o.put("status", t.state().map(s -> s.status().name().toLowerCase(Locale.ROOT)).orElse(t.why().isEmpty() ? "created" : "unknown"));
    o.put("pid", t.state().map(TaskState::pid).orElse(0L));
    t.state().flatMap(TaskState::exit).ifPresent(e -> o.put("exitCode", e.code()).put("exitedAt", e.at().toString()));
    t.started().ifPresent(s -> o.put("started", s.toString()));
    if (!t.why().isEmpty()) o.put("why", t.why());
    o.put("created", c.created().toString()).put("updated", c.updated().toString());
    Json.map(o, "labels", c.labels());
    return o;
  }
}
