package io.gantry.commands.dist;

import io.gantry.api.Digest;
import io.gantry.api.Labels;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Pairs;
import io.gantry.commands.Syntax;
import io.gantry.commands.Verb;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:label}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=label"})
public final class Label extends Verb {
  @Reference Images images;
  @Reference Contents contents;

  public Label() {
    super(new Syntax("dist:label", "Set labels of an image or a blob, and print what it has then")
        .flag("--replace-all", "-r", "Take away those that are not given")
        .operand("IMAGE|DIGEST", "image")
        .anyOperands("KEY=VALUE", "")
        .details("KEY= removes a label. A digest means the blob, anything else an image.")
        .example("dist:label docker.io/library/redis:latest team=blue")
        .example("dist:label sha256:6c3c624b58db… containerd.io/gc.root=now"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Map<String, String> changes = Pairs.of(args, args.from(1));
    boolean replace = args.has("--replace-all");
    if (args.operand(0).matches("[a-z0-9]+:[0-9a-f]{64,}")) Pairs.print(console, blob(args, changes, replace));
    else Pairs.print(console, image(args, changes, replace));
    return 0;
  }

  private Map<String, String> blob(Args args, Map<String, String> changes, boolean replace) throws IOException {
    Digest digest = Digests.of(args, args.operand(0));
    Info info = replace ? contents.relabel(args.scope(), digest, given(changes)) : contents.label(args.scope(), digest, changes);
    return info.labels();
  }

  private Map<String, String> image(Args args, Map<String, String> changes, boolean replace) throws IOException {
    Image i = images.resolve(args.scope(), args.operand(0));
    if (!replace) return images.label(args.scope(), i.name(), changes).labels();
    var all = new Image(i.name(), i.target(), given(changes), i.created(), i.updated(), i.revision());
    return images.update(args.scope(), all, List.of("labels")).labels();
  }

  private static Map<String, String> given(Map<String, String> changes) throws IOException {
    return Labels.merged(Map.of(), changes);
  }
}
