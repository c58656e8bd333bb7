package io.gantry.service.transfer;

import io.gantry.service.record.Image;

/**
 * What a pull or a fetch did.
 *
 * @param image the record it wrote
 * @param sizeBytes of the whole image: manifest, config and layers of the platform, as they travel; of a fetch all that it was for
 * @param fetchedBytes bytes read from bodies
 */
public record Pulled(Image image, long sizeBytes, long fetchedBytes) {}
