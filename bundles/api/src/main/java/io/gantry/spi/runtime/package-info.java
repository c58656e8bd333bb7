/**
 * The contract of drivers that run processes in containers.
 *
 * <p>A driver implements {@link io.gantry.spi.runtime.Runtime} and what it can of {@link io.gantry.spi.runtime.Exec}, {@link
 * io.gantry.spi.runtime.Terminal}, {@link io.gantry.spi.runtime.Pause}, {@link io.gantry.spi.runtime.Processes}, {@link
 * io.gantry.spi.runtime.Limits}, {@link io.gantry.spi.runtime.Stats}, {@link io.gantry.spi.runtime.OutOfMemory} and {@link
 * io.gantry.spi.runtime.Bundle}. The processes are children of something that outlives the manager; a driver finds them again by what it
 * wrote below its state folder. It is activated at first use and closed after its last call, at any moment of its containers' lives; old
 * and new versions are at work side by side while one replaces the other, so nothing of a container is kept in memory, and no lock but one
 * on disk is of use.
 *
 * <p>Example, a container from its making to its end:
 *
 * <pre>{@code
 * int run(Runtime runtime, TaskSpec spec) throws IOException {
 *   runtime.create(spec);
 *   runtime.start(spec.id());
 *   while (runtime.state(spec.id()).exit().isEmpty()) Thread.onSpinWait(); // core watches the pid instead (T-3)
 *   int code = runtime.state(spec.id()).exit().orElseThrow().code();
 *   runtime.delete(spec.id());
 *   return code;
 * }
 * }</pre>
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.3.0")
package io.gantry.spi.runtime;
