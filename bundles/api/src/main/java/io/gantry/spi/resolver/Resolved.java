package io.gantry.spi.resolver;

import io.gantry.api.Descriptor;
import io.gantry.api.Reference;

/**
 * What a reference means at this moment. Plain data that another version of the driver reads, and all that one keeps of a {@code resolve}:
 * no host, no token, no connection.
 *
 * @param reference what was asked
 * @param target the manifest or index it points to, with its digest, size and media type
 */
public record Resolved(Reference reference, Descriptor target) {}
