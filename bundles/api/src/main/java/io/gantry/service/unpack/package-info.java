/**
 * From a blob to a sealed snapshot.
 *
 * <p>A service of bundle unpack; an unpacking outlives a replacement of the drivers it uses.
 *
 * <p>Example: {@code unpacker.unpack(scope, request, progress)}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.gantry.service.unpack;
