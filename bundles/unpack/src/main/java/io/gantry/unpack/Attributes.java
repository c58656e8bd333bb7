package io.gantry.unpack;

import io.gantry.linux.At;
import io.gantry.linux.Errno;
import io.gantry.linux.Io;
import io.gantry.linux.Names;
import io.gantry.linux.Xattr;
import io.gantry.spi.layer.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets owner, attributes, mode and times, in this order: a change of owner clears capabilities and setuid. Nothing is followed.
 * {@code trusted.*} is the manager's own and is never taken from a layer; what the file system cannot keep is left out, with one line in
 * the log; {@code user.*} is for files and folders only.
 */
final class Attributes {
  private static final Logger log = LoggerFactory.getLogger(Attributes.class);
  private static final byte[] TRUSTED = ascii("trusted.");
  private static final byte[] USER = ascii("user.");
  private static final byte[] SELINUX = ascii("security.selinux");
  private boolean told;

  /** Of an open file that was made just now by root. */
  void ofFile(Folder parent, int fd, Entry e) throws IOException {
    if (chowns(parent, e)) check("setting owner of", e, Io.chown(fd, (int) e.uid(), (int) e.gid()));
    for (Entry.Xattr x : e.xattrs()) {
      if (isOurs(x)) continue;
      set(e, x, Xattr.set(fd, x.name(), x.value(), 0));
    }
    check("setting mode of", e, Io.chmod(fd, e.mode()));
    check("setting times of", e, Io.utimes(fd, e.mtimeSeconds(), e.mtimeNanos(), e.mtimeSeconds(), e.mtimeNanos()));
  }

  /** Of a name. Times of folders are set at the end, by {@link FolderTimes}. @param fresh it was made just now by root */
  void ofName(Folder parent, byte[] last, Entry e, boolean fresh) throws IOException {
    int dir = parent.raw();
    if (!fresh || chowns(parent, e)) check("setting owner of", e, At.chown(dir, last, (int) e.uid(), (int) e.gid()));
    for (Entry.Xattr x : e.xattrs()) {
      if (isOurs(x)) continue;
      set(e, x, Xattr.set(dir, last, x.name(), x.value(), 0));
    }
    if (e.type() != Entry.Type.SYMLINK) check("setting mode of", e, At.chmod(dir, last, e.mode()));
    if (e.type() == Entry.Type.DIRECTORY) return;
    check("setting times of", e, At.utimes(dir, last, e.mtimeSeconds(), e.mtimeNanos(), e.mtimeSeconds(), e.mtimeNanos()));
  }

  /** A folder that merges with one below keeps none of its attributes, as overlayfs shows the upper ones alone. */
  void removeOthers(Folder parent, byte[] last, Entry e) throws IOException {
    for (byte[] there : Xattr.list(parent.raw(), last)) {
      boolean stays = starts(there, TRUSTED) || Arrays.equals(there, SELINUX) || e.xattrs().stream()
          .anyMatch(x -> Arrays.equals(x.name(), there));
      if (!stays) Xattr.remove(parent.raw(), last, there);
    }
  }

  private static boolean chowns(Folder parent, Entry e) {
    return e.uid() != 0 || e.gid() != 0 || parent.groups();
  }

  private boolean isOurs(Entry.Xattr x) {
    return starts(x.name(), TRUSTED);
  }

  private void set(Entry e, Entry.Xattr x, int result) throws IOException {
    if (result >= 0) return;
    if (result == -Errno.EOPNOTSUPP) {
      if (!told) {
        log.warn("'{}': the file system keeps no attribute {}; it and others of its kind are left out", e.name(), Names.show(x.name()));
      }
      told = true;
      return;
    }
    boolean plain = e.type() == Entry.Type.FILE || e.type() == Entry.Type.DIRECTORY;
    if (result == -Errno.EPERM && !plain && starts(x.name(), USER)) return;
    throw Problem.of("setting attribute " + Names.show(x.name()) + " of", e.name(), result);
  }

  private static void check(String doing, Entry e, int result) throws IOException {
    if (result < 0) throw Problem.of(doing, e.name(), result);
  }

  private static boolean starts(byte[] name, byte[] prefix) {
    return name.length >= prefix.length && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.US_ASCII);
  }
}
