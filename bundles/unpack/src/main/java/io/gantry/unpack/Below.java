package io.gantry.unpack;

/** What a layer's folder knows of the layers below it. */
enum Below {
  /** There is none: whiteouts hide nothing, parents that are missing are made. */
  NOTHING,
  /**
   * There are some, but not here, since the snapshot gets its parents when it is sealed. Whiteouts and opaque folders are kept as overlayfs
   * keeps them; what would need a lower layer is {@link io.gantry.spi.layer.NeedsParentsException}.
   */
  UNKNOWN,
  /** Their tree is under our hands, joined with ours: whiteouts delete. */
  TREE
}
