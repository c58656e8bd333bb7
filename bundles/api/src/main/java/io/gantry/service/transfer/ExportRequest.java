package io.gantry.service.transfer;

import io.gantry.api.Platform;
import java.util.List;
import java.util.Optional;

/**
 * Images to write.
 *
 * @param images names of records
 * @param platform of an index what is for this platform; empty for all that it names
 */
public record ExportRequest(List<String> images, Optional<Platform> platform) {
  public ExportRequest {
    images = List.copyOf(images);
  }
}
