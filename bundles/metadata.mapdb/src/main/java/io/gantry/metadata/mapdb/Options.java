package io.gantry.metadata.mapdb;

/**
 * How the store works.
 *
 * @param checkpointBytes a snapshot is taken when the journals since the last one have so many bytes
 * @param checkpointCommits or so many commits
 * @param mapDbFrom number of records from which they are held by MapDB, outside the heap
 */
record Options(long checkpointBytes, long checkpointCommits, long mapDbFrom) {
  Options {
    if (checkpointBytes < 1) throw new IllegalArgumentException("metadata.mapdb: checkpoint.megabytes must be at least 1");
    if (checkpointCommits < 1) throw new IllegalArgumentException("metadata.mapdb: checkpoint.commits must be at least 1");
    if (mapDbFrom < 0) throw new IllegalArgumentException("metadata.mapdb: index.records must be at least 0");
  }

  static Options defaults() {
    return new Options(16L << 20, 20_000, 500);
  }
}
