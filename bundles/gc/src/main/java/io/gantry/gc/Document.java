package io.gantry.gc;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.oci.json.Stored;
import io.gantry.service.record.Table.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A record as it is on disk, read as those who keep it read it. One that is empty, cut, or without something that has been written with
 * each record from the first version on is damaged: it must not be taken for one that refers to nothing.
 */
final class Document {
  private final Stored stored;
  private final Map<String, String> labels;

  /** @throws CorruptException it is not one JSON object and nothing else, with labels and times */
  Document(Thing.Kind kind, Place place, byte[] json) throws CorruptException {
    this.stored = Stored.parse("the record " + kind.table() + " " + place.namespace() + "/" + place.id()
        + " is damaged, so what it refers to is not known and nothing is collected; restore it, or remove it and make it again", json);
    this.labels = stored.textMap("labels");
    stored.text("created");
    stored.text("updated");
  }

  /** @param expected of the record, which has {@code found} instead */
  CorruptException damaged(String expected, String found) {
    return stored.damaged(expected, found);
  }

  Map<String, String> labels() {
    return labels;
  }

  boolean has(String field) {
    return stored.has(field);
  }

  /** How many there are in an array of texts. */
  int count(String field) throws CorruptException {
    return stored.texts(field).size();
  }

  /** Perhaps empty. */
  String text(String field) throws CorruptException {
    return stored.text(field);
  }

  String name(String field) throws CorruptException {
    return stored.name(field);
  }

  long number(String field) throws CorruptException {
    return stored.number(field);
  }

  /** The end of what lasts so long from a time on that only some records have. */
  Optional<Instant> end(String field, Duration lasting) throws CorruptException {
    return stored.findValue(field, text -> Instant.parse(text).plus(lasting));
  }

  /** The digest of a descriptor. */
  String digest(String field) throws CorruptException {
    return stored.object(field).value("digest", Digest::parse).toString();
  }

  /** @param what has it */
  String digest(String what, String text) throws CorruptException {
    try {
      return Digest.parse(text).toString();
    } catch (IllegalArgumentException e) {
      throw damaged("a digest as " + what, "'" + text + "'");
    }
  }
}
