package io.gantry.kit.rules;

import io.gantry.spi.layer.Entry;
import io.gantry.spi.layer.LayerSink;
import io.gantry.spi.layer.Name;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Writes down what an applier hands over, a line an entry, and makes nothing of it. */
public class RecordingSink implements LayerSink {
  private final List<String> lines = new ArrayList<>();
  private boolean finished;
  private boolean closed;

  @Override
  public void entry(Entry e, InputStream data) throws IOException {
    byte[] bytes = data.readAllBytes();
    if (e.type() == Entry.Type.FILE && bytes.length != e.size()) {
      throw new AssertionError(e.name() + " says " + e.size() + " bytes, " + bytes.length + " came");
    }
    lines.add(line(e, bytes));
  }

  @Override
  public void whiteout(Name name) throws IOException {
    lines.add("WHITEOUT " + show(name.bytes()));
  }

  @Override
  public void opaque(Name directory) throws IOException {
    lines.add("OPAQUE " + show(directory.bytes()));
  }

  @Override
  public void finish() {
    finished = true;
  }

  @Override
  public void close() throws IOException {
    closed = true;
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  public boolean finished() {
    return finished;
  }

  public boolean closed() {
    return closed;
  }

  /** An entry with all attributes, as one line of text. */
  static String line(Entry e, byte[] data) {
    var s = new StringBuilder(e.type() + " " + show(e.name().bytes()) + " " + Integer.toOctalString(e.mode()) + " " + e.uid() + ":"
        + e.gid());
    s.append(' ').append(e.mtimeSeconds()).append('+').append(e.mtimeNanos());
    e.link().ifPresent(l -> s.append(" -> ").append(show(l)));
    if (e.type() == Entry.Type.CHARACTER || e.type() == Entry.Type.BLOCK) s.append(' ').append(e.major()).append(',').append(e.minor());
    for (Entry.Xattr x : e.xattrs()) s.append(' ').append(show(x.name())).append('=').append(show(x.value()));
    if (e.type() == Entry.Type.FILE) s.append(' ').append(content(data));
    return s.toString();
  }

  /** Short data as they are, long ones by their digest. */
  static String content(byte[] data) {
    return data.length <= 40 ? "[" + show(data) + "]" : "[" + data.length + " " + Content.digest(data).shortHex() + "]";
  }

  static String show(byte[] bytes) {
    var s = new StringBuilder();
    for (byte b : bytes) s.append(b > 0x20 && b < 0x7f && b != '\\' ? "" + (char) b : String.format("\\%02x", b & 0xff));
    return s.toString();
  }
}
