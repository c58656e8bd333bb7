package io.gantry.commands.dist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.CorruptException;
import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Namespaces;
import io.gantry.service.transfer.Checks;
import io.gantry.service.transfer.Checks.Standing;
import io.gantry.service.unpack.Unpacker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:check}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=check"})
public final class Check extends Verb {
  @Reference Images images;
  @Reference Checks checks;
  @Reference Namespaces namespaces;
  @Reference Unpacker unpacker;

  public Check() {
    super(new Syntax("dist:check", "Look whether images are whole and unpacked")
        .option("--platform", "", "OS/ARCH", "Platform that counts (default: this machine's)", "")
        .option("--snapshotter", "", "NAME",
        "Snapshot driver that counts (default: of the namespace's label, else of transfer.cfg, overlayfs)", "snapshotter")
        .format()
        .anyOperands("IMAGE", "image")
        .details(
            "Without IMAGE all are looked at. STATUS tells how many of index, manifest, config and layers are here; bytes are not read "
            + "again (dist:verify does). What cannot be looked through is told at the end; the exit code is 1 then.")
        .example("dist:check docker.io/library/redis:latest"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    Platform platform;
    try {
      platform = args.has("--platform") ? Platform.parse(args.get("--platform", "")) : Platform.host();
    } catch (IllegalArgumentException e) {
      throw args.wrong(e.getMessage());
    }
    String snapshotter = DefaultDriver.snapshotter(namespaces, unpacker, "").of(scope, args.get("--snapshotter", ""));
    if (!snapshotter.isEmpty()) unpacker.present(scope, snapshotter, List.of()); // what concerns all is told once
    List<Image> all = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (String text : args.operands()) {
      try {
        all.add(images.resolve(scope, text));
      } catch (NotFoundException | InvalidException | CorruptException e) {
        problems.add(e.getMessage());
      }
    }
    if (args.operands().isEmpty()) {
      all = Page.all((after, max) -> images.list(scope, after, max), Image::name);
      for (Damaged d : images.damaged(scope)) problems.add(d.why().getMessage());
    }
    boolean json = args.json();
    ArrayNode out = Json.array();
    var table = new TextTable("REF", "TYPE", "DIGEST", "STATUS", "SIZE", "UNPACKED");
    List<String> lacks = new ArrayList<>();
    for (Image i : all) {
      Standing s;
      try {
        s = checks.check(scope, i.target(), platform, snapshotter);
      } catch (NotFoundException | InvalidException | CorruptException | UnsupportedException | ExhaustedException e) {
        problems.add(i.name() + ": " + e.getMessage());
        String status = e instanceof NotFoundException ? "not for " + platform : "unreadable";
        table.row(i.name(), i.target().mediaType(), i.target().digest().toString(), status, "-", "-");
        out.addObject().put("ref", i.name()).put("digest", i.target().digest().toString()).put("complete", false).put("problem",
            e.getMessage());
        continue;
      }
      int there = s.needed().size() - s.missing().size();
      String status = (s.complete() ? "complete (" : "incomplete (") + there + "/" + s.needed().size() + ")";
      table.row(i.name(), i.target().mediaType(), i.target().digest().toString(), status,
          Text.size(s.presentBytes()) + "/" + Text.size(s.sizeBytes()), Boolean.toString(s.unpacked()));
      for (Descriptor d : s.missing()) {
        lacks.add(TextTable.harmless(i.name() + " lacks " + d.digest() + " (" + d.mediaType() + ", " + Text.size(d.size()) + ")"));
      }
      var o = out.addObject().put("ref", i.name()).put("digest", i.target().digest().toString()).put("complete", s.complete());
      o.put("needed", s.needed().size()).put("present", there).put("sizeBytes", s.sizeBytes()).put("presentBytes", s.presentBytes());
      o.put("unpacked", s.unpacked());
      ArrayNode missing = o.putArray("missing");
      s.missing().forEach(d -> missing.add(d.digest().toString()));
    }
    if (json) {
      console.out().println(Json.pretty(out));
    } else {
      table.print(console);
      lacks.forEach(console.out()::println);
    }
    problems.forEach(p -> console.err().println(TextTable.harmless(p)));
    return problems.isEmpty() ? 0 : 1;
  }
}
