package io.gantry.service.transfer;

import io.gantry.api.Scope;
import io.gantry.service.record.Image;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Images in files: tars in OCI's image layout, and those of {@code docker save}. */
@ProviderType
public interface Archives {
  /**
   * Reads an archive to its end, gzipped or not, straight into the content store; names in it are never paths. The records of images are
   * written last, and only for images that are whole for the platform asked for.
   *
   * @param archive read by the calling thread; not closed
   * @return the images that have a record now, in the archive's order
   * @throws io.gantry.api.InvalidException it is no archive of images, or a document in it is wrong
   * @throws io.gantry.api.CorruptException bytes are not those of their digest
   * @throws io.gantry.api.ExhaustedException a document takes more than 20 MiB, or there are more entries than any image has
   * @throws io.gantry.api.NotFoundException it lacks something of an image, or has nothing for the platform
   */
  List<Image> load(Scope scope, ImportRequest request, InputStream archive, Consumer<Progress> progress) throws IOException;

  /**
   * Writes images as one tar in OCI's layout that {@code docker load} reads too. Equal images and names give equal bytes. What is missing
   * is told before anything is written.
   *
   * @param to written by the calling thread; not closed
   * @throws io.gantry.api.NotFoundException there is no record of that name, or something of an image is not in the store
   * @throws io.gantry.api.CorruptException a blob is not what its digest says; what was written so far is of no use
   */
  void save(Scope scope, ExportRequest request, OutputStream to) throws IOException;
}
