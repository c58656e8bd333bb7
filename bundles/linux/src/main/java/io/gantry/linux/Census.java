package io.gantry.linux;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Counts what a tree takes, in slices: each inode once, by its blocks, the top folder included. Between slices it is a few bytes
 * ({@link #bytes}), so that another version can go on; the tree must not change meanwhile.
 */
public final class Census {
  private final List<byte[]> position = new ArrayList<>(); // names from the top down; the last was counted
  private final Set<Long> severalNames = new HashSet<>();
  private long blockBytes;
  private long inodes;

  /** Goes on where {@link #bytes} was taken. */
  public static Census of(byte[] bytes) throws IOException {
    Census c = new Census();
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      c.blockBytes = in.readLong();
      c.inodes = in.readLong();
      for (int n = in.readInt(); n > 0; n--) c.position.add(in.readNBytes(in.readUnsignedShort()));
      for (int n = in.readInt(); n > 0; n--) c.severalNames.add(in.readLong());
    }
    return c;
  }

  public byte[] bytes() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeLong(blockBytes);
      out.writeLong(inodes);
      out.writeInt(position.size());
      for (byte[] name : position) {
        out.writeShort(name.length);
        out.write(name);
      }
      out.writeInt(severalNames.size());
      for (long ino : severalNames) out.writeLong(ino);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  /** Counts on; false: call again. */
  public boolean count(Fd top, Budget budget) throws IOException {
    if (inodes == 0) add(top.stat()); // the first slice
    return folder(top, 0, budget);
  }

  /** Bytes of blocks on disk. */
  public long sizeBytes() {
    return blockBytes;
  }

  public long inodes() {
    return inodes;
  }

  private boolean folder(Fd folder, int depth, Budget budget) throws IOException {
    boolean skip = depth < position.size();
    byte[] resume = skip ? position.get(depth) : Names.EMPTY;
    try (Dirents entries = Dirents.of(folder)) {
      while (entries.next()) {
        byte[] name = entries.name();
        if (skip) {
          if (!Arrays.equals(name, resume)) continue;
          skip = false;
        } else {
          if (!budget.take()) return false;
          folder.find(name).ifPresent(this::add); // what goes while an active tree is counted does not count
          position.subList(depth, position.size()).clear();
          position.add(name);
        }
        if (entries.type() != Dirents.DIRECTORY && (entries.type() != Dirents.UNKNOWN || !isFolder(folder, name))) continue;
        int raw = At.open2(folder.raw(), name, Open.RDONLY | Open.DIRECTORY, 0, Resolve.NO_XDEV | Resolve.NO_SYMLINKS);
        if (raw == -Errno.ENOENT) continue;
        try (Fd child = Fd.own(ErrnoException.check(raw, "open to count", name))) {
          if (!folder(child, depth + 1, budget)) return false; // what it counted last stays noted until a sibling is counted
        }
      }
    }
    if (skip) throw new ErrnoException("count a tree that changed: '" + Names.show(resume) + "' is gone", Errno.ESTALE);
    return true;
  }

  private static boolean isFolder(Fd folder, byte[] name) throws IOException {
    return folder.find(name).filter(Stat::isDirectory).isPresent();
  }

  private void add(Stat stat) {
    if (!stat.isDirectory() && stat.nlink() > 1 && !severalNames.add(stat.ino())) return;
    blockBytes += stat.blocks() * 512;
    inodes++;
  }
}
