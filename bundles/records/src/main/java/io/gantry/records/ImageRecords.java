package io.gantry.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.Labels;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.json.Stored;
import io.gantry.oci.name.MeantImage;
import io.gantry.service.event.Events;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Table;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The names of images. */
@Component
public final class ImageRecords implements Images {
  private static final String REMEDY = "remove it by its whole name (dist:rmi), or pull or import it again";
  private final Rows<Image> rows;
  private final Events events;

  @Activate
  public ImageRecords(@Reference Table table, @Reference Events events) {
    this.rows = new Rows<>(table, "image", REMEDY, ImageRecords::decode);
    this.events = events;
  }

  @Override
  public Image put(Scope scope, String name, Descriptor target, Map<String, String> labels) throws IOException {
    while (true) {
      if (!rows.has(scope, name)) {
        try {
          return create(scope, name, target, labels);
        } catch (AlreadyExistsException e) {
          continue; // somebody made it meanwhile: move theirs
        }
      }
      try {
        Image moved = rows.edit(scope, name, old -> encode(checked(target), Labels.merged(old.labels(), labels), old.created(), Instant
            .now()), damage -> fresh(target, labels));
        events.publish(scope, "/images/update", Map.of("name", name, "labels", moved.labels()));
        return moved;
      } catch (NotFoundException e) {
        continue; // somebody removed it meanwhile: make it
      }
    }
  }

  @Override
  public Image create(Scope scope, String name, Descriptor target, Map<String, String> labels) throws IOException {
    if (name.isEmpty()) throw new InvalidException("an image needs a name");
    Image made = rows.create(scope, name, fresh(target, labels));
    events.publish(scope, "/images/create", Map.of("name", name, "labels", made.labels()));
    return made;
  }

  private static ObjectNode fresh(Descriptor target, Map<String, String> labels) throws InvalidException {
    Instant now = Instant.now();
    return encode(checked(target), Labels.merged(Map.of(), labels), now, now);
  }

  @Override
  public Image update(Scope scope, Image image, List<String> mask) throws IOException {
    List<String> paths = mask.isEmpty() ? List.of("labels", "target") : mask;
    Image now = rows.edit(scope, image.name(), old -> masked(old, image, paths), damage -> {
      if (!paths.contains("target")) throw damage;
      Instant time = Instant.now();
      return masked(new Image(image.name(), image.target(), Map.of(), time, time, 0), image, paths);
    });
    events.publish(scope, "/images/update", Map.of("name", image.name(), "labels", now.labels()));
    return now;
  }

  private static ObjectNode masked(Image old, Image image, List<String> paths) throws InvalidException {
    Map<String, String> labels = old.labels();
    Descriptor target = old.target();
    for (String path : paths) {
      if (path.equals("target")) target = image.target();
      else if (path.equals("annotations")) target = with(target, image.target().annotations());
      else if (!Mask.key(path, "annotations").isEmpty()) target = with(target,
          Mask.with(target.annotations(), Mask.key(path, "annotations"), image.target().annotations()));
      else labels = Mask.labels(labels, image.labels(), List.of(path), "on image \"" + image.name() + "\"");
    }
    return encode(checked(target), Labels.merged(Map.of(), labels), old.created(), Instant.now());
  }

  private static Descriptor with(Descriptor d, Map<String, String> annotations) {
    return new Descriptor(d.mediaType(), d.digest(), d.size(), annotations, d.platform(), d.urls());
  }

  /** Digest and media type are there in every descriptor. */
  private static Descriptor checked(Descriptor target) throws InvalidException {
    Json.requireShort(target.annotations().keySet(), "image target " + target.digest() + ": its annotations");
    if (target.size() <= 0) throw new InvalidException("image target " + target.digest() + ": Target.Size must be greater than zero");
    return target;
  }

  @Override
  public Image get(Scope scope, String name) throws IOException {
    return find(scope, name).orElseThrow(() -> notFound(scope, name));
  }

  @Override
  public Optional<Image> find(Scope scope, String name) throws IOException {
    return rows.find(scope, name);
  }

  @Override
  public Optional<Image> recent(Scope scope, String name) {
    return rows.recent(scope, name);
  }

  @Override
  public Image resolve(Scope scope, String text) throws IOException {
    return MeantImage.by(text, name -> find(scope, name), new MeantImage.Everything() {
      @Override
      public List<Image> list() throws IOException {
        return rows.all(scope);
      }

      @Override
      public List<Damaged> damaged() throws IOException {
        return rows.damaged(scope);
      }
    }, scope.namespace());
  }

  @Override
  public List<Image> list(Scope scope, String after, int max) throws IOException {
    return rows.list(scope, after, max);
  }

  @Override
  public List<Damaged> damaged(Scope scope) throws IOException {
    return rows.damaged(scope);
  }

  @Override
  public Image label(Scope scope, String name, Map<String, String> changes) throws IOException {
    Image now = rows.edit(scope, name, old -> encode(old.target(), Labels.merged(old.labels(), changes), old.created(), Instant.now()));
    events.publish(scope, "/images/update", Map.of("name", name, "labels", now.labels()));
    return now;
  }

  @Override
  public void remove(Scope scope, String name) throws IOException {
    rows.remove(scope, name);
    events.publish(scope, "/images/delete", Map.of("name", name));
  }

  @Override
  public boolean collect(Scope scope, Image image, BooleanSupplier guard) throws IOException {
    if (!rows.collect(scope, image.name(), image.revision(), guard)) return false;
    events.publish(scope, "/images/delete", Map.of("name", image.name()));
    return true;
  }

  private static NotFoundException notFound(Scope scope, String text) {
    return new NotFoundException("image '" + text + "' is not in namespace " + scope.namespace()
        + "; dist:images lists what is there, dist:pull brings it");
  }

  private static ObjectNode encode(Descriptor target, Map<String, String> labels, Instant created, Instant updated) {
    ObjectNode o = Json.object();
    Json.descriptor(o, "target", target);
    Json.labels(o, labels);
    Json.time(o, "created", created);
    Json.time(o, "updated", updated);
    return o;
  }

  private static Image decode(String id, long revision, Stored o) throws IOException {
    return new Image(id, Json.descriptor(o, "target"), o.textMap("labels"), Json.time(o, "created"), Json.time(o, "updated"), revision);
  }
}
