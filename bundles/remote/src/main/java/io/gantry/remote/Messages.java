package io.gantry.remote;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import io.gantry.api.Mount;
import io.gantry.api.Typed;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Values that several messages of the wire have, and ours of the same meaning. */
final class Messages {
  private Messages() {}

  static Instant time(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }

  static Timestamp wire(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  static Typed typed(Any any) {
    return new Typed(any.getTypeUrl(), any.getValue().toByteArray());
  }

  /** The name of the type stays as it was written: containerd's are bare, without {@code type.googleapis.com/}. */
  static Any wire(Typed typed) {
    return Any.newBuilder().setTypeUrl(typed.typeUrl()).setValue(ByteString.copyFrom(typed.value())).build();
  }

  static Descriptor descriptor(io.gantry.wire.types.Descriptor d) {
    return new Descriptor(d.getMediaType(), Digest.parse(d.getDigest()), d.getSize(), d.getAnnotationsMap(), Optional.empty(), List.of());
  }

  static io.gantry.wire.types.Descriptor wire(Descriptor d) {
    return io.gantry.wire.types.Descriptor.newBuilder().setMediaType(d.mediaType()).setDigest(d.digest().toString()).setSize(d.size())
        .putAllAnnotations(d.annotations()).build();
  }

  static Mount mount(io.gantry.wire.types.Mount m) {
    return new Mount(m.getType(), m.getSource(), m.getTarget(), m.getOptionsList());
  }

  static io.gantry.wire.types.Mount wire(Mount m) {
    return io.gantry.wire.types.Mount.newBuilder().setType(m.type()).setSource(m.source()).setTarget(m.target()).addAllOptions(m.options())
        .build();
  }

  /** Of a record's labels; one with an empty value is none, though containerd answers with those that were just taken away. */
  static Map<String, String> labels(Map<String, String> labels) {
    if (!labels.containsValue("")) return labels;
    var all = new TreeMap<>(labels);
    all.values().removeIf(String::isEmpty);
    return all;
  }

  static FieldMask mask(Collection<String> paths) {
    return FieldMask.newBuilder().addAllPaths(paths).build();
  }

  /** Paths of those labels alone. */
  static List<String> paths(Map<String, String> labels) {
    return labels.keySet().stream().sorted().map(key -> "labels." + key).toList();
  }
}
