/**
 * Linux system calls by descriptor, with names as bytes.
 *
 * <p>Two floors. {@link io.gantry.linux.At}, {@link io.gantry.linux.Io} and {@link io.gantry.linux.Xattr} answer as the kernel does, a
 * result or the negated {@link io.gantry.linux.Errno}, and are for loops that expect failures. {@link io.gantry.linux.Fd} stands on them,
 * owns a descriptor and throws {@link io.gantry.linux.ErrnoException}. {@link io.gantry.linux.Mounting}, {@link
 * io.gantry.linux.FsContext} and {@link io.gantry.linux.MountInfo} are mounts, {@link io.gantry.linux.Pidfd} processes, {@link
 * io.gantry.linux.Trees} and {@link io.gantry.linux.Census} work on whole trees in slices.
 *
 * <p>Life cycle: the bundle is loaded once and shared by everybody; a new version of it is a restart of the manager, since JNA's direct
 * mapping keeps the class that registered natives alive for ever. Nothing here holds state but descriptors, which callers close. Calls
 * that wait for a disk ({@code fsync}, {@code mount}) go through {@link io.gantry.linux.Blocking} when a virtual thread makes them.
 *
 * <p>Example: {@code try (Fd root = Fd.open(path); Fd etc = root.beneath(name, Open.DIRECTORY)) { etc.mkdir(child, 0755); }}
 */
@Export
@Version("1.2.0")
package io.gantry.linux;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
