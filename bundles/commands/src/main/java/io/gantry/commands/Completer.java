package io.gantry.commands;

import io.gantry.api.Scope;
import io.gantry.commands.Syntax.Operand;
import io.gantry.commands.Syntax.Option;
import io.gantry.service.content.Contents;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.Drivers;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.shell.Completions;
import io.gantry.service.snapshot.Snapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes verbs, options and names out of each verb's {@link Syntax}. */
@Component
public final class Completer implements Completions {
  private static final Logger LOG = LoggerFactory.getLogger(Completer.class);
  private static final String NAMESPACE = "--namespace";
  private static final int MAX = 200;
  private final Verbs verbs;
  @Reference Images images;
  @Reference Containers containers;
  @Reference Namespaces namespaces;
  /** A client of another manager has none. */
  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC) volatile Drivers drivers;
  @Reference Contents contents;
  @Reference Leases leases;
  @Reference Snapshots snapshots;

  @Activate
  public Completer(BundleContext context) {
    this(new Verbs(context));
  }

  Completer(Verbs verbs) {
    this.verbs = verbs;
  }

  @Override
  public List<Candidate> complete(Scope scope, List<String> words) {
    String partial = words.getLast();
    if (words.size() == 1) return verbs(partial);
    return verbs.all().stream().filter(s -> s.verb().equals(words.getFirst()) || s.verb().endsWith(":" + words.getFirst())).findFirst()
        .map(s -> arguments(scope, s, words.subList(1, words.size() - 1), partial)).orElse(List.of());
  }

  private List<Candidate> verbs(String partial) {
    return verbs.all().stream().filter(s -> s.verb().startsWith(partial) || s.verb().contains(":" + partial))
        .map(s -> new Candidate(s.verb(), s.purpose())).toList();
  }

  private List<Candidate> arguments(Scope scope, Syntax syntax, List<String> before, String partial) {
    int operand = 0;
    String namespace = scope.namespace();
    Option open = null;
    for (String word : before) {
      if (open != null) {
        if (open.name().equals(NAMESPACE)) namespace = word;
        open = null;
      } else if (word.startsWith(NAMESPACE + "=")) {
        namespace = word.substring(NAMESPACE.length() + 1);
      } else if (word.startsWith("-") && word.length() > 1) {
        open = syntax.options().stream().filter(o -> !o.value().isEmpty() && (o.name().equals(word) || o.letter().filter(word::equals)
            .isPresent()))
            .findFirst().orElse(null);
      } else {
        operand++;
      }
    }
    if (open != null) return names(scope, namespace, open.completion(), partial);
    if (partial.startsWith("-")) {
      return syntax.options().stream().filter(o -> o.name().startsWith(partial)).map(o -> new Candidate(o.name(), o.help())).toList();
    }
    List<Operand> operands = syntax.operands();
    if (operands.isEmpty()) return List.of();
    Operand at = operands.get(Math.min(operand, operands.size() - 1));
    return operand < operands.size() || at.many() ? names(scope, namespace, at.completion(), partial) : List.of();
  }

  private List<Candidate> names(Scope scope, String namespace, String what, String partial) {
    try {
      return names(scope.withNamespace(namespace), what, partial).stream().filter(n -> n.startsWith(partial) || n.contains("/" + partial))
          .map(n -> new Candidate(n, "")).toList();
    } catch (IOException | IllegalArgumentException e) {
      LOG.debug("nothing to complete {} with: {}", what, e.toString());
      return List.of();
    }
  }

  private List<String> names(Scope scope, String what, String partial) throws IOException {
    return switch (what) {
      case "image" -> with(images.list(scope, "", MAX).stream().map(i -> i.name()), () -> images.damaged(scope));
      case "container" -> with(containers.list(scope, "", MAX).stream().map(c -> c.id()), () -> containers.damaged(scope));
      case "namespace" -> namespaces.list(scope);
      case "lease" -> with(leases.list(scope).stream().map(l -> l.id()), () -> leases.damaged(scope));
      case "snapshot" -> snapshots(scope);
      case "digest" -> with(contents.list(scope, Optional.empty(), MAX).stream().map(i -> i.digest().toString()),
          () -> contents.damaged(scope));
      case "write" -> contents.writes(scope, "", MAX).stream().map(s -> s.ref()).toList();
      case "driver" -> drivers(d -> d.list(scope).stream().map(s -> s.ref().toString()).distinct().toList());
      case "snapshotter" -> snapshots.snapshotters(scope);
      case "runtime" -> drivers(d -> d.of(scope, what).stream().map(DriverRef::name).toList());
      case "format" -> List.of("table", "json");
      case "signal" -> List.of("SIGTERM", "SIGKILL", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2");
      case "verb" -> verbs.all().stream().map(Syntax::verb).toList();
      case "file" -> files(partial);
      default -> List.of();
    };
  }

  /** What takes a walk over all records. */
  @FunctionalInterface
  private interface Walk {
    List<Damaged> damaged() throws IOException;
  }

  /** With those that can only be removed; where there are many others, nobody waits for a walk over all. */
  private static List<String> with(Stream<String> some, Walk walk) throws IOException {
    List<String> whole = some.toList();
    if (whole.size() >= MAX) return whole;
    return Stream.concat(whole.stream(), walk.damaged().stream().map(Damaged::id)).toList();
  }

  private List<String> drivers(Function<Drivers, List<String>> names) {
    Drivers known = drivers;
    return known == null ? List.of() : names.apply(known);
  }

  /** Keys of all snapshotters: which one is meant may come later in the line. */
  private List<String> snapshots(Scope scope) throws IOException {
    var keys = new TreeSet<String>();
    for (String s : snapshots.snapshotters(scope)) {
      keys.addAll(with(snapshots.list(scope, s, "", MAX).stream().map(i -> i.key()), () -> snapshots.damaged(scope, s)));
    }
    return List.copyOf(keys);
  }

  private static List<String> files(String partial) throws IOException {
    int slash = partial.lastIndexOf('/');
    if (slash < 0) return List.of();
    var names = new ArrayList<String>();
    java.nio.file.Path dir = java.nio.file.Path.of(partial.substring(0, slash + 1));
    if (!java.nio.file.Files.isDirectory(dir)) return List.of();
    try (var entries = java.nio.file.Files.newDirectoryStream(dir)) {
      for (var e : entries) {
        if (names.size() == MAX) break;
        names.add(partial.substring(0, slash + 1) + e.getFileName() + (java.nio.file.Files.isDirectory(e) ? "/" : ""));
      }
    }
    return names;
  }
}
