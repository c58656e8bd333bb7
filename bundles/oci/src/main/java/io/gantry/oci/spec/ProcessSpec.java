package io.gantry.oci.spec;

import io.gantry.api.TerminalSize;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code process} part of a runtime document.
 *
 * @param env {@code KEY=value}; of equal keys the last holds
 * @param size of the terminal; not used without one
 */
public record ProcessSpec(List<String> args, List<String> env, String cwd, User user, boolean terminal, Optional<TerminalSize> size) {
  private static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final List<String> CAPABILITIES = List.of("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD",
      "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
      "CAP_AUDIT_WRITE");
  private static final int OPEN_FILES = 1024;

  /** As a tree of maps and lists. */
  public Map<String, Object> document() {
    var p = new LinkedHashMap<String, Object>();
    if (terminal) p.put("terminal", true);
    if (terminal && size.isPresent()) p.put("consoleSize", Map.of("height", size.get().rows(), "width", size.get().columns()));
    var who = new LinkedHashMap<String, Object>();
    who.put("uid", user.uid());
    who.put("gid", user.gid());
    if (!user.additional().isEmpty()) who.put("additionalGids", user.additional());
    p.put("user", who);
    p.put("args", args);
    p.put("env", effective());
    p.put("cwd", cwd.isEmpty() ? "/" : cwd);
    p.put("capabilities", Map.of("bounding", CAPABILITIES, "effective", CAPABILITIES, "permitted", CAPABILITIES));
    p.put("rlimits", List.of(Map.of("type", "RLIMIT_NOFILE", "hard", OPEN_FILES, "soft", OPEN_FILES)));
    p.put("noNewPrivileges", true);
    return p;
  }

  private List<String> effective() {
    var byKey = new LinkedHashMap<String, String>();
    var all = new ArrayList<String>();
    all.add(PATH);
    if (terminal) all.add("TERM=xterm");
    all.addAll(env);
    for (String e : all) byKey.put(e.contains("=") ? e.substring(0, e.indexOf('=')) : e, e);
    return List.copyOf(byKey.values());
  }
}
