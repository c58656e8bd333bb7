package io.gantry.commands.ctr;

import io.gantry.api.Mount;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads {@code type=bind,src=/host,dst=/inside,options=rbind:ro}. */
final class MountOption {
  private MountOption() {}

  /** @throws IllegalArgumentException a key is unknown or missing, or a path is not absolute */
  static Mount parse(String text) {
    String type = "bind";
    String source = "";
    String target = "";
    List<String> options = new ArrayList<>();
    for (String part : text.split(",")) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "" : part.substring(equals + 1);
      switch (key) {
        case "type" -> type = value;
        case "src", "source" -> source = value;
        case "dst", "destination", "target" -> target = value;
        case "options" -> options.addAll(Arrays.asList(value.split(":")));
        case "ro", "readonly" -> options.add("ro");
        default -> throw new IllegalArgumentException("--mount '" + text + "': unknown key '" + key
            + "', expected type, src, dst, options");
      }
    }
    if (!target.startsWith("/")) {
      throw new IllegalArgumentException("--mount '" + text + "': dst must be an absolute path in the container");
    }
    if (type.equals("bind")) {
      if (!source.startsWith("/")) throw new IllegalArgumentException("--mount '" + text + "': src must be an absolute path of the host");
      if (options.stream().noneMatch(o -> o.equals("bind") || o.equals("rbind"))) options.add("rbind");
    }
    return new Mount(type, source, target, options);
  }
}
