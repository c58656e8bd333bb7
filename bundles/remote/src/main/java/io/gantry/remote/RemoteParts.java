package io.gantry.remote;

import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.unpack.Unpacker;
import java.nio.file.Path;

/**
 * What a container of the other manager is made of.
 *
 * @param local whether that manager is on this host
 * @param folder where folders for named pipes are made
 */
record RemoteParts(
    boolean local, Path folder, Contents contents, Documents documents, Images images, Leases leases, Snapshots snapshots,
    Containers containers, Namespaces namespaces, Unpacker unpacker, RemoteTaskProcesses processes) {}
