package io.gantry.tasks;

import io.gantry.service.driver.Drivers;
import io.gantry.service.event.Events;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Images;
import io.gantry.service.record.Table;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.transfer.ImageTree;
import io.gantry.service.unpack.Unpacker;

/** The services a container is made of. */
record Parts(
    Drivers drivers, Table table, Images images, ImageTree tree, Unpacker unpacker, Snapshots snapshots, TreeViews views,
    Containers containers,
    Events events, Cgroups cgroups) {}
