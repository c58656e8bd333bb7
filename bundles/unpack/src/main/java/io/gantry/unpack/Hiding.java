package io.gantry.unpack;

import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.util.Optional;

/** How whiteouts are kept, and what an entry that replaces something means to the layers below. */
interface Hiding {
  /** An entry of this layer is at this place now. */
  void put(Name place) throws IOException;

  /** What was at this place was removed to make room. */
  void removed(Name place) throws IOException;

  /** A folder was made where something of this layer was that is none. */
  void folderOverOther(Folder parent, byte[] last) throws IOException;

  /** Whether this place is a mark and no entry. */
  boolean isMark(Name place);

  void whiteout(Optional<Folder> parent, byte[] last, Name written) throws IOException;

  void opaque(Optional<Folder> folder, Name written) throws IOException;

  void finish() throws IOException;

  /** For a layer without others below it: there is nothing to be hidden. */
  final class None implements Hiding {
    @Override
    public void put(Name place) {}

    @Override
    public void removed(Name place) {}

    @Override
    public void folderOverOther(Folder parent, byte[] last) {}

    @Override
    public boolean isMark(Name place) {
      return false;
    }

    @Override
    public void whiteout(Optional<Folder> parent, byte[] last, Name written) {}

    @Override
    public void opaque(Optional<Folder> folder, Name written) {}

    @Override
    public void finish() {}
  }
}
