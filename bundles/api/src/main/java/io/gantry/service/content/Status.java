package io.gantry.service.content;

import io.gantry.api.Digest;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** A running write; never a finished blob. */
public record Status(String ref, long offset, OptionalLong total, Optional<Digest> expected, Instant started, Instant updated) {}
