package io.gantry.service.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;

/**
 * What a push did.
 *
 * @param reference the name that means the target now
 * @param target the manifest or index
 * @param sizeBytes of all that the target names and itself, as they travel, without layers that may not be passed on
 * @param sentBytes bytes of bodies that were read to be sent, those of broken tries too
 */
public record Pushed(Reference reference, Descriptor target, long sizeBytes, long sentBytes) {}
