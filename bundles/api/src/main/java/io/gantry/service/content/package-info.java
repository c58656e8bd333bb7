/**
 * Bytes by digest, checked on the way in.
 *
 * <p>A service of bundle content over the content driver; writers and readers outlive a replacement of the driver.
 *
 * <p>A record that is damaged on disk is CorruptException to whoever asks for it; lists go on without it, and {@code damaged} tells of it.
 * Whoever decides by what a list does not have asks for those, too.
 *
 * <p>Example: {@code try (Writer w = contents.writer(scope, WriterSpec.of(ref))) { contents.write(w, source); w.commit(digest, size); }}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("3.0.0")
package io.gantry.service.content;
