package io.gantry.remote;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.gantry.wire.event.TaskExit;
import io.gantry.wire.images.ImageCreate;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events of types that we know, between their messages and the fields of {@link io.gantry.service.event.Event.Form#JSON}. Type names are
 * bare, as containerd writes them.
 */
final class EventFields {
  private static final Map<String, Descriptor> TYPES = types();

  private EventFields() {}

  private static Map<String, Descriptor> types() {
    Map<String, Descriptor> all = new HashMap<>();
    for (var file : List.of(TaskExit.getDescriptor().getFile(), ImageCreate.getDescriptor().getFile())) {
      for (Descriptor d : file.getMessageTypes()) all.put(d.getFullName(), d);
    }
    return Map.copyOf(all);
  }

  /** The bytes of the JSON; empty where the type is not known, or the bytes are not of it. */
  static Optional<byte[]> json(Any event) {
    Descriptor type = TYPES.get(event.getTypeUrl());
    if (type == null) return Optional.empty();
    try {
      var text = new StringBuilder();
      write(text, DynamicMessage.parseFrom(type, event.getValue()));
      return Optional.of(text.toString().getBytes(StandardCharsets.UTF_8));
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty(); // somebody else's, under a name of ours
    }
  }

  private static void write(StringBuilder to, Message message) {
    if (message.getDescriptorForType().getFullName().equals(Timestamp.getDescriptor().getFullName())) {
      quote(to, Messages.time(Timestamp.newBuilder().mergeFrom(message).build()).toString());
      return;
    }
    String separator = "{";
    if (message.getAllFields().isEmpty()) to.append('{');
    for (var field : message.getAllFields().entrySet()) {
      to.append(separator);
      quote(to, field.getKey().getName());
      to.append(':');
      write(to, field.getKey(), field.getValue());
      separator = ",";
    }
    to.append('}');
  }

  private static void write(StringBuilder to, FieldDescriptor field, Object value) {
    if (field.isRepeated()) {
      String separator = "";
      to.append(field.isMapField() ? '{' : '[');
      for (Object element : (List<?>) value) {
        to.append(separator);
        if (field.isMapField()) entry(to, (Message) element);
        else one(to, element);
        separator = ",";
      }
      to.append(field.isMapField() ? '}' : ']');
    } else if (value instanceof Integer i) {
      to.append(Integer.toUnsignedString(i)); // all numbers of events are without a sign
    } else {
      one(to, value);
    }
  }

  private static void entry(StringBuilder to, Message entry) {
    Descriptor type = entry.getDescriptorForType();
    quote(to, entry.getField(type.findFieldByName("key")).toString());
    to.append(':');
    one(to, entry.getField(type.findFieldByName("value")));
  }

  private static void one(StringBuilder to, Object value) {
    switch (value) {
      case Message m -> write(to, m);
      case String s -> quote(to, s);
      case ByteString b -> quote(to, Base64.getEncoder().encodeToString(b.toByteArray()));
      default -> to.append(value);
    }
  }

  private static void quote(StringBuilder to, String text) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') to.append('\\').append(c);
      else if (c < ' ') to.append(String.format("\\u%04x", (int) c));
      else to.append(c);
    }
    to.append('"');
  }

  /**
   * The message of an event of ours.
   *
   * @throws IllegalArgumentException the topic has no type on the wire, or a field is not one of it
   */
  static Any wire(String topic, Map<String, ?> fields) {
    String name = typeName(topic);
    Descriptor type = TYPES.values().stream().filter(d -> d.getFullName().equalsIgnoreCase(name)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("event " + topic + " has no type on the wire: " + name));
    return Any.newBuilder().setTypeUrl(type.getFullName()).setValue(message(type, fields).toByteString()).build();
  }

  /**
   * But for upper case: {@code /images/create} is {@code containerd.services.images.v1.ImageCreate}, {@code /tasks/oom} {@code …TaskOOM}.
   */
  private static String typeName(String topic) {
    var name = new StringBuilder();
    for (String part : topic.split("/")) {
      String singular = name.isEmpty() && part.endsWith("s") ? part.substring(0, part.length() - 1) : part;
      for (String word : singular.split("-")) {
        if (!word.isEmpty()) name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
      }
    }
    return (topic.startsWith("/images/") ? "containerd.services.images.v1." : "containerd.events.") + name;
  }

  private static Message message(Descriptor type, Map<?, ?> fields) {
    var message = DynamicMessage.newBuilder(type);
    fields.forEach((name, value) -> {
      FieldDescriptor field = type.findFieldByName(name.toString());
      if (field == null) throw new IllegalArgumentException(type.getFullName() + " has no field " + name);
      if (field.isMapField()) {
        ((Map<?, ?>) value)
            .forEach((k, v) -> message.addRepeatedField(field, message(field.getMessageType(), Map.of("key", k, "value", v))));
      } else if (field.isRepeated()) {
        for (Object element : (Iterable<?>) value) message.addRepeatedField(field, value(field, element));
      } else {
        message.setField(field, value(field, value));
      }
    });
    return message.build();
  }

  private static Object value(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case STRING -> value.toString();
      case INT -> ((Number) value).intValue();
      case LONG -> ((Number) value).longValue();
      case BYTE_STRING -> ByteString.copyFrom(value instanceof byte[] bytes ? bytes : Base64.getDecoder().decode(value.toString()));
      case MESSAGE -> field.getMessageType().getFullName().equals(Timestamp.getDescriptor().getFullName())
          ? Messages.wire(Instant.parse(value.toString())) : message(field.getMessageType(), (Map<?, ?>) value);
      case BOOLEAN, ENUM, FLOAT, DOUBLE -> value;
    };
  }
}
