package io.gantry.service.event;

import io.gantry.api.Typed;
import java.time.Instant;

/**
 * Something that happened.
 *
 * @param epoch of the feed: another after each start of the manager
 * @param sequence rises by one per event within the epoch
 * @param topic e.g. {@code /images/create}
 * @param event the bytes, in the form that {@code form} says. Ours are of containerd's types by bare name: {@code
 *     containerd.services.images.v1.ImageCreate} and its kin for images, {@code containerd.events.NAME} for all others
 * @param form of the bytes
 */
public record Event(long epoch, long sequence, Instant at, String namespace, String topic, Typed event, Form form) {
  /** How an event's bytes are written. */
  public enum Form {
    /**
     * A JSON object of the message's fields by their names in the API; times as RFC 3339, an Any as {@code type_url} and {@code value}
     * (base64), a field that is not there has its default. So are ours.
     */
    JSON,

    /** As a client brought them, by the rules of protocol buffers; of any type. */
    OPAQUE
  }
}
