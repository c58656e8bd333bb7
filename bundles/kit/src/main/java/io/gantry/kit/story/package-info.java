/**
 * What stories and the demonstration share: other builds of a bundle, good and bad, and a client of redis.
 *
 * <p>Example: {@code SecondBuild.of(jar).version("build2").into(folder)}.
 */
package io.gantry.kit.story;
