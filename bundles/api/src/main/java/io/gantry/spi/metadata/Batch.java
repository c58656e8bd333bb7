package io.gantry.spi.metadata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is to happen at once or not at all.
 *
 * @param conditions what must hold before
 * @param puts records to write
 * @param removes records to remove; those that are not there do not matter
 */
public record Batch(List<Condition> conditions, List<Put> puts, List<Key> removes) {
  /** Revision of a record that must not be there. */
  public static final long ABSENT = 0;

  /** Revision of a record that must be there, whatever its revision. */
  public static final long PRESENT = -1;

  /** What must hold: the record has this revision, or is {@link #ABSENT} or {@link #PRESENT}. */
  public record Condition(Key key, long revision) {}

  /**
   * A record to write. Equal by key and bytes.
   *
   * @param value its bytes; not copied, and never changed again by anyone ({@link MetadataStore}, Bytes)
   */
  public record Put(Key key, byte[] value) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Put p && key.equals(p.key) && Arrays.equals(value, p.value);
    }

    @Override
    public int hashCode() {
      return key.hashCode() * 31 + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
      return key + " (" + value.length + " bytes)";
    }
  }

  public Batch {
    conditions = List.copyOf(conditions);
    puts = List.copyOf(puts);
    removes = List.copyOf(removes);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects the parts of a batch. */
  public static final class Builder {
    private final List<Condition> conditions = new ArrayList<>();
    private final List<Put> puts = new ArrayList<>();
    private final List<Key> removes = new ArrayList<>();

    public Builder require(Key key, long revision) {
      conditions.add(new Condition(key, revision));
      return this;
    }

    /** @param value not copied: it belongs to the batch from here on */
    public Builder put(Key key, byte[] value) {
      puts.add(new Put(key, value));
      return this;
    }

    public Builder remove(Key key) {
      removes.add(key);
      return this;
    }

    public Batch build() {
      return new Batch(conditions, puts, removes);
    }
  }
}
