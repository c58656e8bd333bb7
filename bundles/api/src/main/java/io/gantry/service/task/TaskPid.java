package io.gantry.service.task;

/**
 * A process on the host that belongs to a container.
 *
 * @param pid as the manager sees it
 * @param exec the id under which it was added; empty for the first process, and for all children
 */
public record TaskPid(long pid, String exec) {}
