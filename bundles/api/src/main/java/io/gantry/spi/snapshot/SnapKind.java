package io.gantry.spi.snapshot;

/** What a snapshot may be used for. */
public enum SnapKind {
  /** Read-only look at its parents; never sealed. */
  VIEW,
  /** Written to, and may be sealed. */
  ACTIVE,
  /** Sealed: read only, may be a parent. */
  SEALED
}
