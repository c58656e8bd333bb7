package io.gantry.oci.spec;

import io.gantry.api.Mount;
import io.gantry.oci.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The document a runtime is given for a container.
 *
 * @param hostname empty for the host's
 * @param mounts of the user, after the default ones
 * @param hostNetwork whether no network namespace is made
 * @param cgroup path of its cgroup
 */
public record RuntimeSpec(ProcessSpec process, String hostname, List<Mount> mounts, boolean hostNetwork, String cgroup) {
  /** Type URL of the bytes. */
  public static final String TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

  /** Type URL of a process' bytes. */
  public static final String PROCESS_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Process";

  private static final List<String> MASKED = List.of("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
      "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap");
  private static final List<String> READ_ONLY = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /** The document as JSON. */
  public byte[] bytes() {
    var o = new LinkedHashMap<String, Object>();
    o.put("ociVersion", "1.0.2");
    o.put("process", process.document());
    o.put("root", Map.of("path", "rootfs"));
    if (!hostname.isEmpty()) o.put("hostname", hostname);
    o.put("mounts", allMounts());
    o.put("linux", linux());
    return Json.bytes(o);
  }

  private Map<String, Object> linux() {
    var l = new LinkedHashMap<String, Object>();
    l.put("resources", Map.of("devices", List.of(Map.of("allow", false, "access", "rwm"))));
    l.put("cgroupsPath", cgroup);
    var namespaces = new ArrayList<Map<String, Object>>();
    for (String type : List.of("pid", "ipc", "uts", "mount", "network")) {
      if (!hostNetwork || !type.equals("network")) namespaces.add(Map.of("type", type));
    }
    l.put("namespaces", namespaces);
    l.put("maskedPaths", MASKED);
    l.put("readonlyPaths", READ_ONLY);
    return l;
  }

  private List<Map<String, Object>> allMounts() {
    var all = new ArrayList<Map<String, Object>>();
    all.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
    all.add(mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    all.add(mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
    all.add(mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    all.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
    all.add(mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"));
    all.add(mount("/run", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    if (hostNetwork) {
      all.add(mount("/etc/resolv.conf", "bind", "/etc/resolv.conf", "rbind", "ro"));
      all.add(mount("/etc/hosts", "bind", "/etc/hosts", "rbind", "ro"));
    }
    for (Mount m : mounts) all.add(mount(m.target(), m.type(), m.source(), m.options().toArray(String[]::new)));
    return all;
  }

  private static Map<String, Object> mount(String target, String type, String source, String... options) {
    var m = new LinkedHashMap<String, Object>();
    m.put("destination", target);
    m.put("type", type);
    m.put("source", source);
    m.put("options", List.of(options));
    return m;
  }
}
