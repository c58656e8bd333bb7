package io.gantry.mounts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Table;
import io.gantry.service.record.Table.Change;
import io.gantry.service.record.Table.Row;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Mounts by name. A mount is written down before it is made, so that one which a crash left is found by its name and its line in
 * mountinfo; mounts outlive the manager.
 */
@Component
public final class MountTable implements Mounts {
  private static final String TABLE = "mount";
  private static final int MAX = 10_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Table table;
  private final Path temporary;

  @Activate
  public MountTable(BundleContext context, @Reference Table table) {
    this(table, Path.of(context.getProperty("gantry.state"), "mounts"));
  }

  MountTable(Table table, Path temporary) {
    this.table = table;
    this.temporary = temporary;
  }

  @Override
  public Active activate(Scope scope, String name, List<Mount> mounts, Path target, String holds) throws IOException {
    if (mounts.isEmpty()) throw new InvalidException("mount '" + name + "' on " + target + ": there is nothing to mount");
    boolean made = folder(target);
    Path place = target.toRealPath();
    try {
      write(scope, name, mounts, place, holds, made);
    } catch (ConflictException e) {
      if (made) Files.deleteIfExists(place);
      throw new AlreadyExistsException("mount '" + name + "' is there already", e);
    }
    try {
      for (Mount m : mounts) Mounter.mount(m, Mounter.place(place, m));
    } catch (IOException | RuntimeException e) {
      try {
        deactivate(scope, name);
      } catch (IOException cleanup) {
        e.addSuppressed(cleanup);
      }
      throw e;
    }
    return new Active(name, place, mounts, holds, true);
  }

  /** Whether it had to be made. */
  private static boolean folder(Path target) throws IOException {
    if (!Files.exists(target)) {
      Files.createDirectories(target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return true;
    }
    if (!Files.isDirectory(target)) throw new InvalidException("mount on " + target + ": it is not a folder");
    if (Mounter.present(target.toRealPath())) {
      throw new AlreadyExistsException("mount on " + target + ": something is mounted there already");
    }
    try (Stream<Path> inside = Files.list(target)) {
      if (inside.findAny().isPresent()) throw new InvalidException("mount on " + target + ": the folder is not empty");
    }
    return false;
  }

  @Override
  public void deactivate(Scope scope, String name) throws IOException {
    Optional<Row> row = table.get(scope, TABLE, name);
    if (row.isEmpty()) return;
    JsonNode o = JSON.readTree(row.get().json());
    Path target = Path.of(o.path("target").asText());
    List<Mount> mounts = mounts(o);
    try {
      for (int i = mounts.size() - 1; i >= 0; i--) Mounter.unmount(Mounter.place(target, mounts.get(i)));
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EBUSY) throw e;
      throw new ConflictException("unmount " + target + ": it is in use; end what has files open or its working folder there", e);
    }
    if (o.path("made").asBoolean()) removeFolder(target);
    table.change(scope, List.of(new Change(TABLE, name, -1, Optional.empty())));
  }

  private static void removeFolder(Path target) throws IOException {
    try {
      Files.deleteIfExists(target);
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      throw new ConflictException("remove the folder " + target + " after unmounting: somebody put files there", e);
    }
  }

  @Override
  public Optional<Active> find(Scope scope, String name) throws IOException {
    Optional<Row> row = table.get(scope, TABLE, name);
    return row.isEmpty() ? Optional.empty() : Optional.of(active(row.get()));
  }

  @Override
  public List<Active> list(Scope scope) throws IOException {
    var all = new ArrayList<Active>();
    for (Row r : table.list(scope, TABLE, "", MAX)) all.add(active(r));
    return List.copyOf(all);
  }

  @Override
  public Path temporary(Scope scope, String name) throws IOException {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.startsWith(".")) {
      throw new InvalidException("'" + name + "' is not a folder's name");
    }
    Files.createDirectories(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return temporary.resolve(name);
  }

  private void write(Scope scope, String name, List<Mount> mounts, Path target, String holds, boolean made) throws IOException {
    ObjectNode o = JSON.createObjectNode().put("target", target.toString()).put("holds", holds).put("made", made);
    var list = o.putArray("mounts");
    for (Mount m : mounts) {
      ObjectNode e = list.addObject().put("type", m.type()).put("source", m.source()).put("target", m.target());
      m.options().forEach(e.putArray("options")::add);
    }
    table.change(scope, List.of(new Change(TABLE, name, 0, Optional.of(JSON.writeValueAsBytes(o)))));
  }

  private static Active active(Row row) throws IOException {
    JsonNode o = JSON.readTree(row.json());
    Path target = Path.of(o.path("target").asText());
    return new Active(row.id(), target, mounts(o), o.path("holds").asText(), Mounter.present(target));
  }

  private static List<Mount> mounts(JsonNode o) {
    var all = new ArrayList<Mount>();
    for (JsonNode m : o.path("mounts")) {
      var options = new ArrayList<String>();
      m.path("options").forEach(x -> options.add(x.asText()));
      all.add(new Mount(m.path("type").asText(), m.path("source").asText(), m.path("target").asText(), options));
    }
    return all;
  }
}
