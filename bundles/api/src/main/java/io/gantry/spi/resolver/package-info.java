/**
 * The contract of drivers that find images by reference and open their bytes, and of those that also bring images there.
 *
 * <p>A driver implements {@link io.gantry.spi.resolver.Resolver}, and may implement {@link io.gantry.spi.resolver.Pusher} beside it. It
 * keeps nothing between calls that another version would need: what a reference means is in {@link io.gantry.spi.resolver.Resolved}, a
 * plain record, and the way there is looked for anew by each call. It MAY keep tokens and connections for the sake of speed, until it is
 * closed. Old and new versions are at work side by side while one replaces the other.
 *
 * <p>Example, a manifest by its tag:
 *
 * <pre>{@code
 * byte[] manifest(Resolver resolver, Access access) throws IOException {
 *   Resolved redis = resolver.resolve(Reference.parse("docker.io/library/redis:latest"), access);
 *   try (Body body = resolver.open(redis, redis.target(), 0, access)) {
 *     return body.stream().readNBytes((int) redis.target().size());
 *   }
 * }
 * }</pre>
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.gantry.spi.resolver;
