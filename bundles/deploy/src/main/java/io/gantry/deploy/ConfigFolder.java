package io.gantry.deploy;

import io.gantry.api.DriverContext;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.Scope;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes ConfigurationAdmin say what the files of {@code config/} say. A file that is wrong changes nothing, and is named where people look.
 * Its caller sees to it that scans come one at a time, and none during a change by the {@link Deployer}, since each tries drivers out.
 */
final class ConfigFolder {
  private static final Logger log = LoggerFactory.getLogger(ConfigFolder.class);
  private static final String FILE = "gantry.file";

  private final Path folder;
  private final Path root;
  private final Path state;
  private final ConfigurationAdmin cm;
  private final Drivers drivers;
  private final Supplier<Schema> schema;
  private final Function<DriverRef, Optional<String>> wanted;
  private final Trial trial;
  private final Map<String, ConfigFile> good = new HashMap<>();
  private final Map<String, Refused> refused = new HashMap<>();
  private final Map<String, Problem> problems = new ConcurrentSkipListMap<>();
  private Set<DriverRef> remarked = Set.of();
  private volatile String unreadable = "";

  /** A state of a file that the driver of a bundle refused; it is not asked again before one of the two changes. */
  private record Refused(ConfigFile file, FileTime written, long bundle, String why) {}

  /**
   * What is wrong with a file.
   *
   * @param rows drivers that it is shown at
   */
  private record Problem(String text, Set<DriverRef> rows) {}

  /** @param wanted the bundle location that drivers.lock names for an instance */
  ConfigFolder(
      Path root, Path state, ConfigurationAdmin cm, Drivers drivers, Supplier<Schema> schema,
      Function<DriverRef, Optional<String>> wanted) {
    this.folder = root.resolve("config");
    this.root = root;
    this.state = state;
    this.cm = cm;
    this.drivers = drivers;
    this.schema = schema;
    this.wanted = wanted;
    this.trial = new Trial(drivers);
  }

  Path folder() {
    return folder;
  }

  /** Waits for no scan. */
  List<String> problems() {
    List<String> all = new ArrayList<>(problems.values().stream().map(Problem::text).toList());
    String why = unreadable;
    if (!why.isEmpty()) all.add(folder + " cannot be read (" + why + "); the configuration stays as it was");
    return List.copyOf(all);
  }

  void scan() {
    Schema now = schema.get();
    try {
      List<String> seen = files();
      Map<DriverRef, String> owners = owners(seen, now);
      Set<DriverRef> configured = owners.keySet();
      for (String name : seen) {
        Optional<Stray> stray = stray(name, now, owners);
        if (stray.isPresent() && !stray.get().waits()) {
          withdraw(name);
          warn(name, stray.get().text(), Stream.of());
          continue;
        }
        Optional<String> other = ConfigFile.driver(name).map(owners::get).filter(owner -> !owner.equals(name));
        if (other.isPresent()) {
          withdraw(name);
          tell(name, name + ": driver " + ConfigFile.driver(name).get() + " is configured by " + other.get() + " already; it is not used",
              ConfigFile.driver(name).stream());
          continue;
        }
        try {
          ConfigFile read = ConfigFile.read(folder.resolve(name));
          List<Misnamed> misnamed = Misnamed.in(read, configured, now::fallback);
          if (misnamed.isEmpty() || !good.containsKey(name)) apply(read, now, stray.isPresent());
          if (misnamed.isEmpty()) good(read, stray);
          else wrong(name, read, misnamed, configured);
        } catch (IOException | IllegalArgumentException e) {
          wrong(name, e instanceof GantryException ? e.getMessage() : name + ": " + e);
        }
      }
      for (String gone : stale(seen)) remove(gone, configured);
      for (String pid : Misnamed.pids()) defaults(ConfigFile.absent(pid), seen, configured, now);
      remark();
      unreadable = "";
    } catch (IOException | InvalidSyntaxException e) {
      boolean news = !unreadable.equals(e.toString());
      unreadable = e.toString();
      if (news) log.error("{} cannot be read; the configuration stays as it is", folder, e);
    }
  }

  private List<String> files() throws IOException {
    if (good.isEmpty() && !Files.exists(folder)) return List.of();
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(ConfigFile::isMeant).map(f -> f.getFileName().toString()).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Which file is each driver's: one that a bundle takes before one that waits, then the one in use, then the first by name. */
  private Map<DriverRef, String> owners(List<String> files, Schema now) {
    Map<DriverRef, String> owners = new HashMap<>();
    files.stream().filter(f -> ConfigFile.driver(f).isPresent())
        .sorted(Comparator.comparing((String f) -> !now.takes(f.substring(0, f.indexOf('~')), true))
        .thenComparing(f -> !good.containsKey(f)))
        .forEach(f -> owners.putIfAbsent(ConfigFile.driver(f).get(), f));
    return owners;
  }

  /** A file of a driver whose jar was removed, or cannot be had, is as it should be: its bundle is what is missing. */
  private Optional<Stray> stray(String name, Schema now, Map<DriverRef, String> owners) {
    return ConfigFile.driver(name).flatMap(wanted).isPresent() ? Optional.empty() : Stray.of(name, now, owners);
  }

  private void apply(ConfigFile file, Schema now, boolean quiet) throws IOException {
    Optional<DriverRef> ref = file.driver();
    ref.ifPresent(r -> drivers.expect(Scope.root(), r, file.pid(), wanted.apply(r)));
    Dictionary<String, Object> values = new Hashtable<>(now.typed(file));
    values.put(FILE, file.name());
    if (ref.isPresent()) instance(file, ref.get(), values);
    ConfigFile last = good.get(file.name());
    boolean news = ref.isPresent() && last != null && !last.values().equals(file.values()) ? change(file, last, ref.get(), values)
        : configuration(file).updateIfDifferent(values);
    if (news && !quiet) log.info("{} {}", file.name(), last == null ? "read" : "changed");
  }

  /** To a running driver: if it works with the last good values, and not with these, it gets those again. */
  private boolean change(ConfigFile file, ConfigFile last, DriverRef ref, Dictionary<String, Object> values) throws IOException {
    FileTime written = Files.getLastModifiedTime(folder.resolve(file.name()));
    Optional<Long> bundle = trial.inUse(ref);
    Refused before = refused.remove(file.name());
    if (before != null && before.file().equals(file) && before.written().equals(written) && before.bundle() == bundle.orElse(
        before.bundle())) {
      refused.put(file.name(), before);
      throw new InvalidException(before.why());
    }
    Configuration c = configuration(file);
    Dictionary<String, Object> now = c.getProperties();
    boolean news = c.updateIfDifferent(values);
    if (bundle.isEmpty() || now == null) return news;
    Optional<String> refusal = trial.refusal(ref, bundle.get(), Trial.mark(file));
    if (refusal.isEmpty()) return news;
    c.updateIfDifferent(now);
    Optional<String> still = trial.refusal(ref, bundle.get(), Trial.mark(last));
    String why = Trial.blame(file, last, refusal.get()) + still.map(w -> "; and now: " + w).orElse("");
    refused.put(file.name(), new Refused(file, written, bundle.get(), why));
    throw new InvalidException(why);
  }

  private void instance(ConfigFile file, DriverRef ref, Dictionary<String, Object> values) throws IOException {
    Path own = root.resolve(ref.kind()).resolve(ref.name());
    Path run = state.resolve(ref.kind()).resolve(ref.name());
    Durable.folder(own);
    Durable.folder(run);
    values.put(Trial.MARK, Trial.mark(file));
    values.put(DriverContext.KIND, ref.kind());
    values.put(DriverContext.NAME, ref.name());
    values.put(DriverContext.ROOT, own.toString());
    values.put(DriverContext.STATE, run.toString());
  }

  private Configuration configuration(ConfigFile file) throws IOException {
    return file.instance().isPresent() ? cm.getFactoryConfiguration(file.pid(), file.instance().get(), "?")
        : cm.getConfiguration(file.pid(), "?");
  }

  private void wrong(String name, String message) {
    Optional<DriverRef> ref = ConfigFile.driver(name);
    if (!good.containsKey(name)) ref.ifPresent(r -> drivers.expect(Scope.root(), r, name.substring(0, name.indexOf('~')), wanted.apply(r)));
    tell(name, message + (good.containsKey(name) ? "; the last good values are used" : "; it is not used"), ref.stream());
  }

  /**
   * Where there is no last good name, as at start, the wrong one is used: the default would be another driver, with other data. Shown at
   * the driver that stays in use, else at all that could be meant.
   */
  private void wrong(String name, ConfigFile file, List<Misnamed> misnamed, Set<DriverRef> configured) {
    boolean same = misnamed.stream().allMatch(m -> last(file, m).equals(Optional.ofNullable(file.values().get(m.key()))));
    String now = good.containsKey(file.name()) && !same ? "; the last good values are used"
        : "; what needs that driver fails until it is there, or another one is named";
    tell(name, misnamed.stream().map(Misnamed::text).collect(Collectors.joining("; ")) + now,
        misnamed.stream().flatMap(m -> rows(file, m, configured)));
  }

  /** Of a file that is not there: the problem stands under the PID, since there is nothing that could be removed. */
  private void defaults(ConfigFile file, List<String> seen, Set<DriverRef> configured, Schema now) {
    List<Misnamed> misnamed = seen.contains(file.name()) ? List.of() : Misnamed.in(file, configured, now::fallback);
    if (misnamed.isEmpty()) problems.remove(file.pid());
    else wrong(file.pid(), file, misnamed, configured);
  }

  private Optional<String> last(ConfigFile file, Misnamed m) {
    return Optional.ofNullable(good.get(file.name())).map(f -> f.values().get(m.key()));
  }

  private Stream<DriverRef> rows(ConfigFile file, Misnamed m, Set<DriverRef> configured) {
    Optional<String> last = last(file, m);
    boolean same = last.equals(Optional.ofNullable(file.values().get(m.key())));
    return configured.stream().filter(r -> r.kind().equals(m.kind()))
        .filter(r -> same || last.isEmpty() || last.get().equals(r.name()));
  }

  private void tell(String file, String text, Stream<DriverRef> rows) {
    if (news(file, text, rows)) log.error("{}", text);
  }

  private void warn(String file, String text, Stream<DriverRef> rows) {
    if (news(file, text, rows)) log.warn("{}", text);
  }

  private boolean news(String file, String text, Stream<DriverRef> rows) {
    Problem before = problems.put(file, new Problem(text, rows.collect(Collectors.toSet())));
    return before == null || !before.text().equals(text);
  }

  private void good(ConfigFile file, Optional<Stray> stray) {
    good.put(file.name(), file);
    refused.remove(file.name());
    if (stray.isPresent()) warn(file.name(), stray.get().text(), file.driver().stream());
    else if (problems.remove(file.name()) != null) log.info("{} is right again", file.name());
  }

  /** Tells the rows of drivers what is wrong with files now. */
  private void remark() {
    Map<DriverRef, String> now = new HashMap<>();
    for (Problem p : problems.values()) for (DriverRef r : p.rows()) now.merge(r, p.text(), (a, b) -> a + "; " + b);
    remarked.stream().filter(r -> !now.containsKey(r)).forEach(r -> drivers.remark(Scope.root(), r, ""));
    now.forEach((ref, text) -> drivers.remark(Scope.root(), ref, text));
    remarked = now.keySet();
  }

  /** Files whose configuration is there, perhaps from before this bundle was restarted, and which are gone. */
  private Set<String> stale(List<String> seen) throws IOException, InvalidSyntaxException {
    Set<String> stale = new HashSet<>(good.keySet());
    stale.addAll(problems.keySet().stream().filter(name -> name.endsWith(ConfigFile.ENDING)).toList());
    Configuration[] all = cm.listConfigurations("(" + FILE + "=*)");
    for (Configuration c : all == null ? new Configuration[0] : all) stale.add(c.getProperties().get(FILE).toString());
    stale.removeAll(Set.copyOf(seen));
    return stale;
  }

  /** Takes back what came of a file. */
  private void withdraw(String name) throws IOException, InvalidSyntaxException {
    Configuration[] all = ConfigFile.parts(name).matches() ? cm.listConfigurations("(" + FILE + "=" + name + ")") : null;
    for (Configuration c : all == null ? new Configuration[0] : all) c.delete();
    good.remove(name);
    refused.remove(name);
  }

  private void remove(String name, Set<DriverRef> configured) throws IOException, InvalidSyntaxException {
    withdraw(name);
    problems.remove(name);
    ConfigFile.driver(name).filter(ref -> !configured.contains(ref)).ifPresent(ref -> drivers.forget(Scope.root(), ref));
    log.info("{} was removed", name);
  }
}
