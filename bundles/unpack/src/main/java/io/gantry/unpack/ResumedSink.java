package io.gantry.unpack;

import io.gantry.api.InvalidException;
import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One tree for several tries at a layer, where what was done cannot be undone, since the tree is the caller's: a driver that is replaced
 * leaves its entries, and its successor, which reads the archive from its start, is heard from where the one before came to. An entry that
 * was under way is made anew. The monitor guards all fields, and the tree while an entry is made: of two tries that are at work, one waits
 * for the other's entry, and then is told that it is not wanted.
 */
final class ResumedSink {
  private final LayerSink tree;
  private long made;
  private long marks; // of what was made, to be known again
  private int current;

  ResumedSink(LayerSink tree) {
    this.tree = tree;
  }

  /** The tree for one more try; the one before is not heard any more. */
  synchronized LayerSink next() {
    return new Try(++current);
  }

  /** All entries are there. */
  synchronized void finish() throws IOException {
    tree.finish();
  }

  /** What makes an entry. */
  @FunctionalInterface
  private interface Make {
    void make() throws IOException;
  }

  private final class Try implements LayerSink {
    private final int mine;
    private long seen;
    private long seenMarks;

    Try(int mine) {
      this.mine = mine;
    }

    @Override
    public void entry(Entry e, InputStream data) throws IOException {
      if (!take(e.hashCode(), e.name(), () -> tree.entry(e, data))) data.transferTo(OutputStream.nullOutputStream());
    }

    @Override
    public void whiteout(Name name) throws IOException {
      take(name.hashCode(), name, () -> tree.whiteout(name));
    }

    @Override
    public void opaque(Name directory) throws IOException {
      take(~directory.hashCode(), directory, () -> tree.opaque(directory));
    }

    /** @return false where it was made by a try before */
    private boolean take(int mark, Name name, Make make) throws IOException {
      synchronized (ResumedSink.this) {
        if (mine != current) throw new IOException("nobody waits for this try any more");
        if (seen == made) {
          make.make();
          made++;
          marks = marks * 31 + mark;
          seen++;
          seenMarks = marks;
          return true;
        }
        seen++;
        seenMarks = seenMarks * 31 + mark;
        if (seen == made && seenMarks != marks) {
          throw new InvalidException("the layer driver was replaced at entry " + made + " ('" + name
              + "'), and its successor reads other entries; the tree is half made: remove it and apply the layer to a new one");
        }
        return false;
      }
    }

    @Override
    public void finish() {
      throw new IllegalStateException("finish is core's to call (L-7)");
    }

    @Override
    public void close() {
      throw new IllegalStateException("close is core's to call (L-7)");
    }
  }
}
