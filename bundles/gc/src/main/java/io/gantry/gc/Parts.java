package io.gantry.gc;

import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.gc.BlobCollection;
import io.gantry.service.gc.LeaseCollection;
import io.gantry.service.gc.SnapshotCollection;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.record.Table;
import java.util.Set;
import java.util.stream.Collectors;

/** Whom a collection asks. */
record Parts(Table table, Leases leases, LeaseCollection ended, Images images, Namespaces namespaces, Contents contents,
    BlobCollection blobs,
    SnapshotCollection snapshots, Drivers drivers) {
  /** Names of the drivers of a kind that are there at this moment. */
  Set<String> there(Scope scope, String kind) {
    return drivers.of(scope, kind).stream().map(DriverRef::name).collect(Collectors.toSet());
  }
}
