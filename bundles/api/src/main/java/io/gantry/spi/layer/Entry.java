package io.gantry.spi.layer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One entry of a layer. Equal by content, that of arrays too.
 *
 * <p>The arrays of {@code link} and {@code xattrs} are handed over, not copied: once the entry is made, nobody MUST change them, neither
 * the applier that made them nor the sink that got them. An applier that reuses a buffer copies out of it.
 *
 * @param name where it goes
 * @param type what it is
 * @param mode permission bits with setuid, setgid and sticky: 07777 at most
 * @param uid owner, 0 to 2^32-2
 * @param gid group
 * @param size bytes of data of a file, else 0
 * @param mtimeSeconds since 1970, may be negative
 * @param mtimeNanos 0 to 999,999,999
 * @param link target: of a symlink as written, of a hard link the name in the layer as written; empty for others
 * @param major device number of a device
 * @param minor device number of a device
 * @param xattrs extended attributes, in the order given
 */
public record Entry(
    Name name, Type type, int mode, long uid, long gid, long size, long mtimeSeconds, int mtimeNanos, Optional<byte[]> link, long major,
    long minor, List<Xattr> xattrs) {
  /** What an entry can be. */
  public enum Type { FILE, DIRECTORY, SYMLINK, HARDLINK, CHARACTER, BLOCK, FIFO }

  /** An extended attribute; name and value as raw bytes, handed over with the entry and never changed again. Equal by content. */
  public record Xattr(byte[] name, byte[] value) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Xattr x && Arrays.equals(name, x.name) && Arrays.equals(value, x.value);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(name) * 31 + Arrays.hashCode(value);
    }
  }

  public Entry {
    xattrs = List.copyOf(xattrs);
    if ((mode & ~07777) != 0) throw new IllegalArgumentException("mode " + Integer.toOctalString(mode) + " of " + name);
    if (size < 0) throw new IllegalArgumentException("size " + size + " of " + name);
    if (uid < 0 || uid > 0xfffffffeL || gid < 0 || gid > 0xfffffffeL) {
      throw new IllegalArgumentException("owner " + uid + ":" + gid + " of " + name);
    }
    if (mtimeNanos < 0 || mtimeNanos > 999_999_999) throw new IllegalArgumentException("nanoseconds " + mtimeNanos + " of " + name);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Entry e && name.equals(e.name) && type == e.type && mode == e.mode && uid == e.uid && gid == e.gid && size == e.size
        && mtimeSeconds == e.mtimeSeconds && mtimeNanos == e.mtimeNanos && Arrays.equals(link.orElse(null), e.link.orElse(null))
        && major == e.major && minor == e.minor && xattrs.equals(e.xattrs);
  }

  /** Of what tells entries of a layer apart. */
  @Override
  public int hashCode() {
    return (name.hashCode() * 31 + type.hashCode()) * 31 + Long.hashCode(size);
  }
}
