package io.gantry.gc;

import java.util.List;
import java.util.Optional;

/**
 * How a record is tied to others.
 *
 * @param to what it refers to
 * @param from what refers to it, by its own saying
 * @param needs what it is nothing without, which is among the first: an image's target, a snapshot's parent
 */
record Links(List<Thing> to, List<Thing> from, Optional<Thing> needs) {
}
