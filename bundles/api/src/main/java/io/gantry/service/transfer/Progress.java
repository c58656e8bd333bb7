package io.gantry.service.transfer;

/**
 * How one thing stands.
 *
 * @param name {@code docker.io/library/redis:latest}, {@code manifest-sha256:…}, {@code config-sha256:…} or {@code layer-sha256:…}
 * @param status {@code resolving}, {@code resolved}, {@code waiting}, {@code downloading}, {@code committing}, {@code unpacking}, {@code
 *     uploading}, {@code mounted}, {@code exists}, {@code done}
 * @param offset bytes so far
 * @param total bytes in all; 0 where unknown
 */
public record Progress(String name, String status, long offset, long total) {}
