package io.gantry.oci.spec;

import io.gantry.api.Typed;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import io.gantry.service.task.ExecRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A container's own process with another command; variables of the request over its. */
public final class ExecSpec {
  private final ExecRequest request;
  private final JsonObject own;

  private ExecSpec(ExecRequest request, JsonObject own) {
    this.request = request;
    this.own = own;
  }

  /** @param spec of the container. @throws io.gantry.api.InvalidException it is no runtime document */
  public static ExecSpec of(ExecRequest request, Typed spec) throws IOException {
    return new ExecSpec(request, Json.object(spec.value(), "spec of container " + request.container()).object("process"));
  }

  /** Whom the container runs as. */
  public User user() throws IOException {
    JsonObject user = own.object("user");
    return new User(user.findNumber("uid").orElse(0), user.findNumber("gid").orElse(0), List.of());
  }

  /** The {@code process} part of a runtime document. */
  public Typed document(User user) throws IOException {
    List<String> env = new ArrayList<>(own.texts("env"));
    env.addAll(request.env());
    String cwd = request.cwd().isEmpty() ? own.findText("cwd").orElse("/") : request.cwd();
    var process = new ProcessSpec(request.args(), env, cwd, user, request.terminal(), request.terminalSize());
    return new Typed(RuntimeSpec.PROCESS_TYPE, Json.bytes(process.document()));
  }
}
