package io.gantry.layer.tar;

import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.Entry.Type;
import io.gantry.spi.layer.Entry.Xattr;
import io.gantry.spi.layer.Name;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes an entry of a header and of what extended headers said of it. */
final class EntryBuilder {
  private static final long MAX_ID = 0xfffffffeL;
  private static final long MAX_DEVICE = 0xffffffffL;

  private final TarHeader header;
  private final PaxRecords records;
  private final byte[] name;
  private final Optional<byte[]> link;
  private final Type type;

  EntryBuilder(TarHeader header, TarReader.Pending pending) throws BrokenException {
    this.header = header;
    this.records = pending.records;
    name = records.find("GNU.sparse.name").or(() -> records.find("path")).or(() -> pending.name).orElseGet(header::name);
    type = type(header.type(), name);
    boolean links = type == Type.SYMLINK || type == Type.HARDLINK;
    link = links ? Optional.of(records.find("linkpath").or(() -> pending.link).orElseGet(header::link)) : Optional.empty();
  }

  /** The oldest archives tell a folder by the slash behind its name. */
  private static Type type(char flag, byte[] name) throws BrokenException {
    return switch (flag) {
      case 0 -> name.length > 0 && name[name.length - 1] == '/' ? Type.DIRECTORY : Type.FILE;
      case '0', '7', 'S' -> Type.FILE;
      case '1' -> Type.HARDLINK;
      case '2' -> Type.SYMLINK;
      case '3' -> Type.CHARACTER;
      case '4' -> Type.BLOCK;
      case '5' -> Type.DIRECTORY;
      case '6' -> Type.FIFO;
      default -> throw new BrokenException("unknown type " + (flag > ' ' && flag < 127 ? "'" + flag + "'" : "0x"
          + Integer.toHexString(flag))
          + " of '" + Numbers.shown(name) + "'");
    };
  }

  /** Bytes behind the header; other things than files have none, whatever a writer put there as their size. */
  long storedSize() throws BrokenException {
    long size = records.number("size", header.size());
    if (size < 0) throw new BrokenException("size of '" + Numbers.shown(name) + "' is " + size);
    return type == Type.FILE ? size : 0;
  }

  Entry build(long size) throws BrokenException {
    long[] mtime = records.find("mtime").isPresent() ? Numbers.time(records.find("mtime").get(), "mtime") : new long[] {header.mtime(), 0};
    boolean device = type == Type.CHARACTER || type == Type.BLOCK;
    return new Entry(cleanName(), type, (int) (header.mode() & 07777), within(records.number("uid", header.uid()), MAX_ID, "uid"),
        within(records.number("gid", header.gid()), MAX_ID, "gid"), size, mtime[0], (int) mtime[1], checkedLink(),
        device ? within(records.number("SCHILY.devmajor", header.major()), MAX_DEVICE, "device major number") : 0,
        device ? within(records.number("SCHILY.devminor", header.minor()), MAX_DEVICE, "device minor number") : 0, xattrs());
  }

  private Name cleanName() throws BrokenException {
    try {
      return Name.clean(name);
    } catch (IllegalArgumentException e) {
      throw new BrokenException("name '" + Numbers.shown(name) + "': " + e.getMessage(), e);
    }
  }

  private Optional<byte[]> checkedLink() throws BrokenException {
    if (link.isEmpty()) return link;
    if (link.get().length == 0) throw new BrokenException("link '" + Numbers.shown(name) + "' has no target");
    for (byte b : link.get()) {
      if (b == 0) throw new BrokenException("target of link '" + Numbers.shown(name) + "' has a NUL byte");
    }
    return link;
  }

  private long within(long value, long max, String what) throws BrokenException {
    if (value < 0 || value > max) {
      throw new BrokenException(what + " of '" + Numbers.shown(name) + "' is " + value + ", expected 0 to " + max);
    }
    return value;
  }

  private List<Xattr> xattrs() throws BrokenException {
    List<Xattr> all = new ArrayList<>();
    for (var e : records.all().entrySet()) {
      if (!e.getKey().startsWith(PaxRecords.XATTR)) continue;
      byte[] key = e.getKey().substring(PaxRecords.XATTR.length()).getBytes(StandardCharsets.ISO_8859_1);
      if (key.length == 0) throw new BrokenException("an extended attribute of '" + Numbers.shown(name) + "' has no name");
      all.add(new Xattr(key, e.getValue()));
    }
    return all;
  }
}
