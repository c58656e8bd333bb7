package io.gantry.kit.fault;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Streams of which things go wrong. */
public final class FaultyStreams {
  private FaultyStreams() {}

  /** Short reads, slow close. */
  public static InputStream in(InputStream in, Faults faults) {
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] b, int off, int len) throws IOException {
        return super.read(b, off, Math.min(len, faults.mostRead()));
      }

      @Override
      public void close() throws IOException {
        faults.closing();
        super.close();
      }
    };
  }

  /** Writes that fail, and half of one that fails where they tear; slow close. */
  public static OutputStream out(OutputStream out, Faults faults) {
    return new FilterOutputStream(out) {
      @Override
      public void write(int b) throws IOException {
        faults.write("write of a byte");
        out.write(b);
      }

      @Override
      public void write(byte[] b, int off, int len) throws IOException {
        if (faults.fails()) {
          if (faults.tears()) out.write(b, off, len / 2);
          throw Faults.full("write of " + len + " bytes");
        }
        out.write(b, off, len);
      }

      @Override
      public void close() throws IOException {
        faults.closing();
        super.close();
      }
    };
  }
}
