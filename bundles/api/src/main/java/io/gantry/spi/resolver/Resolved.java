package io.gantry.spi.resolver;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;

/**
 * What a reference means at this moment. Plain data that another version of the driver reads.
 *
 * @param reference what was asked
 * @param target what it points to
 */
public record Resolved(Reference reference, Descriptor target) {}
