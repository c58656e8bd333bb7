/**
 * Bytes by digest, checked on the way in.
 *
 * <p>A service of bundle content over the content driver; writers and readers outlive a replacement of the driver.
 *
 * <p>Example: {@code try (Writer w = contents.writer(scope, WriterSpec.of(ref))) { contents.write(w, source); w.commit(digest, size); }}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.2.0")
package io.gantry.service.content;
