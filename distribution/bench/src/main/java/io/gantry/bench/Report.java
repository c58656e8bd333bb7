package io.gantry.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The figures for people and for programs.
 *
 * @param setting what was compared, on what
 */
record Report(Map<String, String> setting, List<Result> results) {
  private static final List<String> HEAD = List.of("measure", "gantry", "containerd", "ratio", "cpu gantry", "cpu containerd", "cpu ratio",
      "goal",
      "reached");

  /** A table whose columns are as wide as they must be. */
  String table() {
    var rows = new ArrayList<List<String>>(List.of(HEAD));
    for (Result r : results) rows.add(row(r));
    int[] width = new int[HEAD.size()];
    for (List<String> row : rows) for (int i = 0; i < width.length; i++) width[i] = Math.max(width[i], row.get(i).length());
    var out = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < width.length; i++) {
        String gap = " ".repeat(width[i] - row.get(i).length());
        line.append(i == 0 ? row.get(i) + gap : gap + row.get(i)).append("  ");
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  private static List<String> row(Result r) {
    String unit = r.measure().unit();
    return List.of(r.measure().id(), value(r.gantryMedian(), unit), value(r.containerdMedian(), unit), two(r.ratio()), cpu(r.gantryCpu()),
        cpu(r.containerdCpu()), r.cpuRatio().isPresent() ? two(r.cpuRatio().getAsDouble()) : "-",
        r.measure().goal().map(Goal::toString).orElse("-"), r.reached().map(b -> b ? "yes" : "no").orElse("-"));
  }

  private static String value(double d, String unit) {
    return String.format(Locale.ROOT, unit.equals("MB") ? "%.0f %s" : "%.3f %s", d, unit);
  }

  private static String cpu(OptionalDouble d) {
    return d.isPresent() ? value(d.getAsDouble(), "s") : "-";
  }

  private static String two(double d) {
    return String.format(Locale.ROOT, "%.2f", d);
  }

  /** {@code {"setting": {…}, "measures": {NAME: {"unit", "gantry", "containerd", "ratio", "goal", "reached", "cpu", "samples"}}}}. */
  byte[] json() throws IOException {
    var measures = new LinkedHashMap<String, Object>();
    for (Result r : results) measures.put(r.measure().id(), json(r));
    var all = new LinkedHashMap<String, Object>();
    all.put("setting", setting);
    all.put("measures", measures);
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(all);
  }

  private static Map<String, Object> json(Result r) {
    var m = new LinkedHashMap<String, Object>();
    m.put("unit", r.measure().unit());
    m.put("gantry", r.gantryMedian());
    m.put("containerd", r.containerdMedian());
    m.put("ratio", r.ratio());
    m.put("goal", r.measure().goal().map(Goal::toString).orElse(null));
    m.put("reached", r.reached().orElse(null));
    var cpu = new LinkedHashMap<String, Object>();
    cpu.put("gantry", boxed(r.gantryCpu()));
    cpu.put("containerd", boxed(r.containerdCpu()));
    cpu.put("ratio", boxed(r.cpuRatio()));
    m.put("cpu", cpu);
    m.put("samples", Map.of("gantry", r.gantry().stream().map(Sample::value).toList(), "containerd", r.containerd().stream()
        .map(Sample::value).toList()));
    return m;
  }

  private static Double boxed(OptionalDouble d) {
    return d.isPresent() ? d.getAsDouble() : null;
  }
}
