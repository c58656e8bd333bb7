package io.gantry.service.record;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Records of other core bundles (snapshots, mounts, content labels), as documents in JSON. A batch is atomic over tables.
 */
@ProviderType
public interface Table {
  /** A document with the revision it was written at. */
  record Row(String id, long revision, byte[] json) {}

  /** One change: {@code json} empty removes; {@code revision} is what must be there now, 0 for absent, -1 for any. */
  record Change(String table, String id, long revision, Optional<byte[]> json) {}

  Optional<Row> get(Scope scope, String table, String id) throws IOException;

  /** A page in order of id. */
  List<Row> list(Scope scope, String table, String after, int max) throws IOException;

  /** Carries out all or nothing; the new revision. @throws io.gantry.api.ConflictException a revision differs */
  long change(Scope scope, List<Change> changes) throws IOException;
}
