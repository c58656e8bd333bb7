package io.gantry.service.content;

import java.io.IOException;
import java.io.InputStream;
import org.osgi.annotation.versioning.ConsumerType;

/** Bytes that can be had from an offset on, again and again: a file, or a blob of a registry by ranges. */
@ConsumerType
@FunctionalInterface
public interface Source {
  /** A stream whose first byte is that at {@code offset}. */
  InputStream open(long offset) throws IOException;
}
