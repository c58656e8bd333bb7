package io.gantry.commands.ctr;

import io.gantry.api.Mount;
import io.gantry.api.TerminalSize;
import io.gantry.commands.Args;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.service.task.RunRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What a new container is asked to be, by the options that {@code ctr:run} and {@code ctr:create} share. */
final class NewContainer {
  private NewContainer() {}

  static Syntax options(Syntax syntax) {
    return syntax
        .option("--id", "", "ID", "Its id (default: a new one)", "")
        .flag("--tty", "-t", "Give it a terminal")
        .many("--env", "-e", "KEY=VALUE", "Set a variable", "")
        .option("--cwd", "", "DIR", "Working folder inside", "")
        .option("--user", "-u", "USER[:GROUP]", "Name or number to run as", "")
        .many("--mount", "", "MOUNT", "type=bind,src=/host,dst=/inside,options=rbind:ro; of type tmpfs options=size=64m:mode=1777", "")
        .flag("--net-host", "", "Share the host's network (default: a network of its own, loopback only)")
        .option("--runtime", "", "NAME", "Runtime driver (default: of the namespace's label, else of tasks.cfg, io.containerd.runc.v2)",
        "runtime")
        .option("--snapshotter", "", "NAME", "Snapshot driver (default: of the namespace's label, else of tasks.cfg, overlayfs)",
        "snapshotter")
        .many("--label", "-l", "KEY=VALUE", "Label of the container", "");
  }

  /** @param stdin whether its standard input is kept open for a client */
  static RunRequest request(Args args, boolean stdin, TerminalSize size) throws IOException {
    String id = args.get("--id", "");
    if (id.isEmpty()) id = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    try {
      List<Mount> mounts = new ArrayList<>();
      for (String m : args.all("--mount")) mounts.add(MountOption.parse(m));
      for (String e : args.all("--env")) if (e.indexOf('=') < 1) throw args.wrong("--env is '" + e + "', expected KEY=VALUE");
      Map<String, String> labels = Pairs.of(args, args.all("--label"));
      return new RunRequest(id, args.operand(0), args.from(1), args.all("--env"), args.get("--cwd", ""), args.get("--user", ""), mounts,
          args.has("--net-host"), args.has("--tty"), stdin, args.get("--runtime", ""), args.get("--snapshotter", ""), labels,
          args.has("--rm"),
          Optional.of(size));
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
  }
}
