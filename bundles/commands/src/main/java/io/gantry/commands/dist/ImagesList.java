package io.gantry.commands.dist;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.gantry.api.CorruptException;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.commands.Args;
import io.gantry.commands.Console;
import io.gantry.commands.Damages;
import io.gantry.commands.Json;
import io.gantry.commands.Page;
import io.gantry.commands.Syntax;
import io.gantry.commands.Text;
import io.gantry.commands.TextTable;
import io.gantry.commands.Verb;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.ImageTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code dist:images}. */
@Component(service = {Function.class, Verb.class},
    property = {"osgi.command.scope=dist", "osgi.command.function=images"})
public final class ImagesList extends Verb {
  @Reference Images images;
  @Reference ImageTree tree;

  public ImagesList() {
    super(new Syntax("dist:images", "List the images that are here")
        .flag("--quiet", "-q", "Print the names only")
        .format()
        .details(
            "SIZE is that of the whole image for this machine's platform: manifest, config and layers as they travel; incomplete where "
            + "one of them is missing, unreadable (and on the standard error why) where it is no image that runs, as a checkpoint is. A "
            + "record that is damaged is left out and told on the standard error; the exit code is 1 then.")
        .example("dist:images --format json"));
  }

  @Override
  protected int run(Args args, Console console) throws IOException {
    Scope scope = args.scope();
    List<Image> all = Page.all((after, max) -> images.list(scope, after, max), Image::name);
    if (args.has("--quiet")) {
      all.forEach(i -> console.out().println(TextTable.harmless(i.name())));
    } else if (args.json()) {
      ArrayNode out = Json.array();
      for (Image i : all) {
        var o = out.addObject().put("ref", i.name()).put("type", i.target().mediaType()).put("digest", i.target().digest().toString());
        o.put("manifestSizeBytes", i.target().size());
        Size size = size(scope, i);
        size.bytes().ifPresentOrElse(s -> o.put("sizeBytes", s), () -> o.putNull("sizeBytes"));
        if (!size.problem().isEmpty()) o.put("problem", size.problem());
        o.put("created", i.created().toString()).put("updated", i.updated().toString());
        Json.map(o, "labels", i.labels());
      }
      console.out().println(Json.pretty(out));
    } else {
      var table = new TextTable("REF", "TYPE", "DIGEST", "SIZE");
      var problems = new ArrayList<String>();
      for (Image i : all) {
        Size size = size(scope, i);
        if (!size.problem().isEmpty()) problems.add(TextTable.harmless(i.name() + ": " + size.problem()));
        table.row(i.name(), i.target().mediaType(), i.target().digest().toString(), size.text());
      }
      table.print(console);
      problems.forEach(console.err()::println);
    }
    return Damages.tell(console, images.damaged(scope));
  }

  /** @param problem why a document of the image cannot be read; empty where it can, or is missing */
  private record Size(OptionalLong bytes, String problem) {
    String text() {
      return bytes.isPresent() ? Text.size(bytes.getAsLong()) : problem.isEmpty() ? "incomplete" : "unreadable";
    }
  }

  /** What others call an image, as the checkpoint of a container, need be none of ours: the list goes on. */
  private Size size(Scope scope, Image image) throws IOException {
    try {
      return new Size(OptionalLong.of(tree.resolve(scope, image.target(), Optional.empty()).sizeBytes()), "");
    } catch (NotFoundException e) {
      return new Size(OptionalLong.empty(), "");
    } catch (InvalidException | CorruptException | UnsupportedException | ExhaustedException e) {
      return new Size(OptionalLong.empty(), e.getMessage());
    }
  }
}
