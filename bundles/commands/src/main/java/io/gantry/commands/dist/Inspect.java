package io.gantry.commands.dist;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.transfer.ImageTree.Node;
import java.io.IOException;
import java.io.PrintStream;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:inspect}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=inspect"})
public final class Inspect extends Verb {
  /** Labels of a layer's blob that say which drivers unpacked it, one per snapshotter. */
  static final String UNPACKED_BY = "io.gantry/unpacked-by.";

  @Reference Images images;
  @Reference ImageTree tree;

  public Inspect() {
    super(new Syntax("dist:inspect", "Show an image as a tree: index, manifest, config and layers")
        .format()
        .operand("IMAGE", "image")
        .details("Each layer names the driver and version that unpacked it. What is not in the store is marked 'absent'.")
        .example("dist:inspect docker.io/library/redis:latest"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Image image = images.resolve(args.scope(), args.operand(0));
    Node root = tree.tree(args.scope(), image.target());
    if (args.json()) {
      ObjectNode o = Json.object().put("ref", image.name());
      o.set("target", json(root));
      console.out().println(Json.pretty(o));
    } else {
      console.out().println(TextTable.harmless(image.name()));
      print(console.out(), root, "", true);
    }
    return 0;
  }

  private static void print(PrintStream out, Node n, String indent, boolean last) {
    var line = new StringBuilder(indent).append(last ? "└── " : "├── ");
    line.append(TextTable.harmless(n.descriptor().mediaType())).append(" @").append(n.descriptor().digest());
    line.append(" (").append(Text.size(n.descriptor().size())).append(')');
    n.descriptor().platform().ifPresent(p -> line.append(' ').append(TextTable.harmless(p.toString())));
    if (!n.present()) line.append(" absent");
    n.labels().forEach((key, value) -> {
      if (key.startsWith(UNPACKED_BY)) {
        line.append("  ").append(key.substring(UNPACKED_BY.length())).append(": ").append(TextTable.harmless(value));
      }
    });
    out.println(line);
    for (int i = 0; i < n.children().size(); i++) {
      print(out, n.children().get(i), indent + (last ? "    " : "│   "), i == n.children().size() - 1);
    }
  }

  private static ObjectNode json(Node n) {
    ObjectNode o = Json.object().put("mediaType", n.descriptor().mediaType()).put("digest", n.descriptor().digest().toString());
    o.put("sizeBytes", n.descriptor().size()).put("present", n.present());
    n.descriptor().platform().ifPresent(p -> o.put("platform", p.toString()));
    ObjectNode by = o.putObject("unpackedBy");
    n.labels().forEach((key, value) -> {
      if (key.startsWith(UNPACKED_BY)) by.put(key.substring(UNPACKED_BY.length()), value);
    });
    var children = o.putArray("children");
    n.children().forEach(c -> children.add(json(c)));
    return o;
  }
}
