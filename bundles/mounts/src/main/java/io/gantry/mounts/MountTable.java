package io.gantry.mounts;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.Scope;
import io.gantry.linux.Errno;
import io.gantry.linux.ErrnoException;
import io.gantry.oci.json.Stored;
import io.gantry.oci.record.WholeRows;
import io.gantry.oci.record.WholeRows.Pages;
import io.gantry.service.mount.Mounts;
import io.gantry.service.record.Damaged;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts by name. A mount is written down before it is made, so that one which a crash left is found by its name and its line in
 * mountinfo; mounts outlive the manager.
 */
@Component
public final class MountTable implements Mounts {
  private static final Logger log = LoggerFactory.getLogger(MountTable.class);
  private static final String TABLE = "mount";
  /** Whatever is mounted on a folder. */
  private static final Mount ANY = new Mount("", "", "", List.of());

  private static final ObjectMapper JSON = new ObjectMapper();
  private final Table table;
  private final Path temporary;
  private final WholeRows<Active> whole = new WholeRows<>((scope, row) -> Written.of(scope, row).active(row.id()), log::warn);

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
    if (row.isPresent()) takeAway(scope, name, Written.of(scope, row.get()));
  }

  @Override
  public void deactivate(Scope scope, String name, Path target) throws IOException {
    Optional<Row> row = table.get(scope, TABLE, name);
    if (row.isEmpty()) return;
    Written mount;
    try {
      mount = Written.of(scope, row.get());
    } catch (CorruptException e) {
      log.warn("mount '{}' is taken away from {}, although {}", name, target, e.getMessage());
      Path place = Files.exists(target) ? target.toRealPath() : target;
      mount = new Written(place, "", temporary.equals(target.getParent()), List.of(ANY));
    }
    takeAway(scope, name, mount);
  }

  private void takeAway(Scope scope, String name, Written mount) throws IOException {
    Path target = mount.target;
    try {
      for (Mount m : mount.mounts.reversed()) Mounter.unmount(Mounter.place(target, m));
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EBUSY) throw e;
      throw new ConflictException("unmount " + target + ": it is in use; end what has files open or its working folder there", e);
    }
    if (mount.made) removeFolder(target);
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
    return row.isEmpty() ? Optional.empty() : Optional.of(Written.of(scope, row.get()).active(name));
  }

  @Override
  public List<Active> list(Scope scope) throws IOException {
    return whole.list(scope, pages(scope), "", Integer.MAX_VALUE);
  }

  @Override
  public List<Damaged> damaged(Scope scope) throws IOException {
    return whole.damaged(scope, pages(scope));
  }

  private Pages pages(Scope scope) {
    return (after, max) -> table.list(scope, TABLE, after, max);
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

  /**
   * What a row says.
   *
   * @param made whether the folder is ours, and goes with the mounts
   */
  private record Written(Path target, String holds, boolean made, List<Mount> mounts) {
    /** @throws CorruptException it is not all that every version has written, so that nobody knows what is mounted */
    static Written of(Scope scope, Row row) throws CorruptException {
      Stored o = Stored.parse("the record of mount '" + row.id() + "' in namespace " + scope.namespace()
          + " is damaged, so where it is mounted is not known; snapshot:unmount with its folder takes it away", row.json());
      var mounts = new ArrayList<Mount>();
      for (Stored m : o.objects("mounts")) mounts.add(new Mount(m.text("type"), m.text("source"), m.text("target"), m.texts("options")));
      if (mounts.isEmpty()) throw o.damaged("at least one of 'mounts'", "none");
      return new Written(o.value("target", Written::absolute), o.text("holds"), o.flag("made"), List.copyOf(mounts));
    }

    private static Path absolute(String text) {
      Path path = Path.of(text);
      if (!path.isAbsolute()) throw new IllegalArgumentException("it is not absolute");
      return path;
    }

    Active active(String name) throws IOException {
      return new Active(name, target, mounts, holds, Mounter.present(target));
    }
  }
}
