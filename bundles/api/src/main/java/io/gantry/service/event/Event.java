package io.gantry.service.event;

import io.gantry.api.Typed;
import java.time.Instant;

/**
 * Something that happened.
 *
 * @param epoch of the feed: another after each start of the manager
 * @param sequence rises by one per event within the epoch
 * @param topic e.g. {@code /images/create}
 * @param event the bytes, in the types of containerd's API by bare name ({@code containerd.events.ImageCreate}), as JSON
 */
public record Event(long epoch, long sequence, Instant at, String namespace, String topic, Typed event) {}
