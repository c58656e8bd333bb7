package io.gantry.kit.image;

/** How an entry says what a plain ustar header cannot hold: long names and links, large and negative numbers. */
public enum TarStyle {
  /** Records of an extended header before the entry. */
  PAX,
  /** GNU tar's long-name entries and base-256 numbers; fractions of seconds are lost. */
  GNU,
  /** The prefix field of ustar for names of up to 255 bytes; PAX records for the rest. */
  PREFIX
}
