/**
 * What the interactive shell asks of the commands.
 *
 * <p>A service of bundle commands, asked anew at each key, so that commands which come and go are completed as they do.
 *
 * <p>Example: {@code completions.complete(scope, List.of("dist:pull", "--pl"))} is {@code --platform}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.gantry.service.shell;
