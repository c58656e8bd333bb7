package io.gantry.kit;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Runs the rules of a contract on a driver, each over a new folder, with a time limit.
 *
 * @param <D> the SPI
 */
public final class Runner<D> {
  /** Property with the seed of an earlier run. */
  public static final String SEED = "gantry.seed";

  /** One test of a rule. */
  public record Test(String rule, String title, Method method) {}

  private final Contract<D> contract;
  private final Subject<D> subject;
  private final long seed;
  private final Duration limit;
  private final Path base;

  private Runner(Contract<D> contract, Subject<D> subject, long seed, Duration limit, Path base) {
    this.contract = contract;
    this.subject = subject;
    this.seed = seed;
    this.limit = limit;
    this.base = base;
  }

  public static <D> Runner<D> of(Contract<D> contract, Subject<D> subject) {
    return new Runner<>(contract, subject, Long.getLong(SEED, new Random().nextLong() >>> 16), Duration.ofMinutes(2),
        Path.of(System.getProperty("java.io.tmpdir")));
  }

  public Runner<D> withSeed(long other) {
    return new Runner<>(contract, subject, other, limit, base);
  }

  public Runner<D> withLimit(Duration other) {
    return new Runner<>(contract, subject, seed, other, base);
  }

  /** @param folder in which each test makes, and removes, its own */
  public Runner<D> in(Path folder) {
    return new Runner<>(contract, subject, seed, limit, folder);
  }

  public String name() {
    return contract.name();
  }

  /** All tests, in order of number. */
  public List<Test> tests() {
    return Stream.of(contract.getClass().getDeclaredMethods()).filter(m -> m.isAnnotationPresent(Rule.class))
        .map(m -> new Test(m.getAnnotation(Rule.class).value(), words(m.getName()), m))
        .sorted(Comparator.comparing((Test t) -> t.rule.replaceAll("\\d", ""))
        .thenComparing(t -> Integer.parseInt(t.rule.replaceAll("\\D", "")))
            .thenComparing(Test::title)).toList();
  }

  /** Those that this driver's features call for; {@link #run()} reports the others as skipped. */
  public List<Test> applicable() {
    return tests().stream().filter(t -> unmet(t.method.getAnnotation(Rule.class)).isEmpty()).toList();
  }

  public List<RuleResult> run() {
    return tests().stream().map(this::run).toList();
  }

  public RuleResult run(Test test) {
    Rule rule = test.method.getAnnotation(Rule.class);
    RuleKind kind = rule.stochastic() ? RuleKind.STOCHASTIC : rule.feature().isEmpty() && rule.without().isEmpty() ? RuleKind.REQUIRED
        : RuleKind.FEATURE;
    long start = System.nanoTime();
    Throwable thrown = unmet(rule).<Throwable>map(UnmetException::new).orElseGet(() -> attempt(test));
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    Outcome outcome = thrown == null ? Outcome.PASSED : thrown instanceof UnmetException ? Outcome.SKIPPED : Outcome.FAILED;
    String detail = thrown == null ? "" : thrown instanceof AssertionError || thrown instanceof UnmetException ? thrown.getMessage()
        : thrown.toString();
    return new RuleResult(test.rule, test.title, kind, outcome, String.valueOf(detail), Optional.ofNullable(thrown), seed, time);
  }

  private Optional<String> unmet(Rule rule) {
    if (!rule.feature().isEmpty() && !subject.features().contains(rule.feature())) {
      return Optional.of("the driver does not declare " + rule.feature());
    }
    if (!rule.without().isEmpty() && subject.features().contains(rule.without())) {
      return Optional.of("the driver declares " + rule.without());
    }
    return Optional.empty();
  }

  /** What was thrown, or null. A thread that does not come back is left behind, since drivers' threads are never interrupted. */
  private Throwable attempt(Test test) {
    Throwable[] thrown = new Throwable[1];
    Thread t = Thread.ofPlatform().daemon().name(contract.name() + " " + test.rule).start(() -> thrown[0] = inFolder(test));
    try {
      if (t.join(limit)) return thrown[0];
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e;
    }
    var late = new AssertionError(test.rule + " did not end within " + limit.toSeconds() + " s");
    late.setStackTrace(t.getStackTrace());
    return late;
  }

  private Throwable inFolder(Test test) {
    Path folder = null;
    Throwable thrown = null;
    try {
      folder = Files.createTempDirectory(base, "kit-trial");
      try (Trial<D> trial = new Trial<>(subject, folder, seed)) {
        test.method.setAccessible(true);
        test.method.invoke(contract, trial);
      }
      sweep(folder);
    } catch (InvocationTargetException e) {
      thrown = e.getCause();
      for (Throwable s : e.getSuppressed()) thrown.addSuppressed(s);
    } catch (Exception e) {
      thrown = e;
    }
    if (thrown != null && folder != null) {
      try {
        sweep(folder);
      } catch (IOException e) {
        thrown.addSuppressed(e);
      }
    }
    return thrown;
  }

  /** One file system only: should a mount have stayed, what it shows is not swept with the rest. */
  private static void sweep(Path folder) throws IOException {
    Object device = Files.getAttribute(folder, "unix:dev");
    Files.walkFileTree(folder, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a) throws IOException {
        if (!Files.getAttribute(dir, "unix:dev").equals(device)) throw new IOException(dir + " is a mount that stayed");
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path dir, IOException failed) throws IOException {
        if (failed != null) throw failed;
        Files.delete(dir);
        return FileVisitResult.CONTINUE;
      }
    });
  }

  private static String words(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1 $2").replaceAll("([A-Z])([A-Z][a-z])", "$1 $2").toLowerCase(java.util.Locale.ROOT);
  }
}
