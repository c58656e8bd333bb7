package io.gantry.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events between the feed's JSON and the messages of the wire, by the names of their fields. Type names are bare, as containerd writes
 * them.
 */
final class EventMessages {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, Descriptor> TYPES = types();

  private EventMessages() {}

  private static Map<String, Descriptor> types() {
    Map<String, Descriptor> all = new HashMap<>();
    for (var file : List.of(TaskExit.getDescriptor().getFile(), ImageCreate.getDescriptor().getFile())) {
      for (Descriptor d : file.getMessageTypes()) all.put(d.getFullName(), d);
    }
    return Map.copyOf(all);
  }

  /** @throws IOException the event is of a type that the wire does not have, or its fields are not those of the type */
  static Any wire(String type, byte[] json) throws IOException {
    Descriptor descriptor = TYPES.get(type);
    if (descriptor == null) throw new IOException("event type " + type + " has no message on the wire");
    return Any.newBuilder().setTypeUrl(type).setValue(message(descriptor, JSON.readTree(json)).toByteString()).build();
  }

  private static Message message(Descriptor type, JsonNode json) throws IOException {
    var message = DynamicMessage.newBuilder(type);
    for (var property : json.properties()) {
      FieldDescriptor field = type.findFieldByName(property.getKey());
      if (field == null) throw new IOException(type.getFullName() + " has no field " + property.getKey());
      JsonNode value = property.getValue();
      if (field.isMapField()) {
        for (var entry : value.properties()) message.addRepeatedField(field, entry(field, entry.getKey(), entry.getValue()));
      } else if (field.isRepeated()) {
        for (JsonNode element : value) message.addRepeatedField(field, value(field, element));
      } else {
        message.setField(field, value(field, value));
      }
    }
    return message.build();
  }

  private static Message entry(FieldDescriptor map, String key, JsonNode value) throws IOException {
    Descriptor type = map.getMessageType();
    return DynamicMessage.newBuilder(type).setField(type.findFieldByName("key"), key)
        .setField(type.findFieldByName("value"), value(type.findFieldByName("value"), value)).build();
  }

  private static Object value(FieldDescriptor field, JsonNode value) throws IOException {
    return switch (field.getJavaType()) {
      case STRING -> value.asText();
      case BOOLEAN -> value.asBoolean();
      case INT -> value.asInt();
      case LONG -> value.asLong();
      case BYTE_STRING -> ByteString.copyFrom(value.binaryValue());
      case MESSAGE -> field.getMessageType().getFullName().equals(Timestamp.getDescriptor().getFullName())
          ? Times.of(Instant.parse(value.asText())) : message(field.getMessageType(), value);
      case ENUM, FLOAT, DOUBLE -> throw new IOException(field.getFullName() + " is of a type that events do not have");
    };
  }

  /** The value of a field of a message that somebody brought, for filters; empty where its type or the field is not known. */
  static Optional<String> field(Any event, List<String> path) {
    Descriptor type = TYPES.get(event.getTypeUrl());
    if (type == null) return Optional.empty();
    try {
      return field(DynamicMessage.parseFrom(type, event.getValue()), path);
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty(); // what cannot be read has no fields
    }
  }

  private static Optional<String> field(Message message, List<String> path) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(path.getFirst());
    if (field == null) return Optional.empty();
    List<String> rest = path.subList(1, path.size());
    if (field.isMapField()) return entry(message, field, String.join(".", rest));
    if (field.isRepeated()) return Optional.empty();
    Object value = message.getField(field);
    if (value instanceof Message nested) return rest.isEmpty() ? Optional.empty() : field(nested, rest);
    return rest.isEmpty() ? Optional.of(value.toString()) : Optional.empty();
  }

  private static Optional<String> entry(Message message, FieldDescriptor map, String key) {
    for (int i = 0; i < message.getRepeatedFieldCount(map); i++) {
      Message entry = (Message) message.getRepeatedField(map, i);
      Descriptor type = entry.getDescriptorForType();
      if (entry.getField(type.findFieldByName("key")).equals(key)) {
        return Optional.of(entry.getField(type.findFieldByName("value")).toString());
      }
    }
    return Optional.empty();
  }
}
