package io.gantry.shell;

import io.gantry.api.InvalidException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * What stands at the end of a pipe, as {@code dist:images | grep redis}; each reads lines and prints lines. JLine has such commands too:
 * its grep loses lines where no terminal is asked (3.30.6).
 */
@Component(immediate = true, service = {})
public final class Filters {
  /** What a filter does; its exit code. */
  @FunctionalInterface
  private interface Filter {
    int run(List<String> words, BufferedReader in, PrintStream out) throws IOException;
  }

  private static final int COUNT = 10;
  private static final Map<String, Filter> ALL = Map.of("echo", Filters::echo, "grep", Filters::grep, "head", Filters::head, "tail",
      Filters::tail, "sort", Filters::sort, "wc", Filters::wc);
  /** Of those that read. */
  private static final Map<String, String> USAGE = Map.of("grep", "grep [-i] [-v] [-c] [-n] PATTERN, a regular expression of Java", "head",
      "head [-n LINES]", "tail", "tail [-n LINES]", "sort", "sort [-r]", "wc", "wc [-l], which counts lines");

  /** They go with the bundle. */
  @Activate
  public Filters(BundleContext context) {
    ALL.forEach((name, filter) -> {
      Dictionary<String, Object> properties = new Hashtable<>(Map.of("osgi.command.scope", "posix", "osgi.command.function", name));
      context.registerService(Function.class, of(name), properties);
    });
  }

  static Function of(String name) {
    return (session, arguments) -> run(name, session, words(arguments));
  }

  private static Object run(String name, CommandSession session, List<String> words) throws IOException {
    Process p = Process.Utils.current();
    if (USAGE.containsKey(name) && !piped(p)) throw new InvalidException(name + " reads what a pipe brings; usage: … | " + USAGE.get(name));
    InputStream in = p != null ? p.in() : InputStream.nullInputStream();
    PrintStream out = p != null ? p.out() : session.getConsole();
    int code;
    try {
      code = ALL.get(name).run(words, new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)), out);
    } catch (InterruptedIOException | UncheckedIOException e) { // Ctrl-C, of which the command before it tells
      if (e instanceof UncheckedIOException u && !(u.getCause() instanceof InterruptedIOException)) throw u.getCause();
      Thread.currentThread().interrupt();
      code = OneShot.INTERRUPTED;
    }
    out.flush();
    return code == 0 ? null : code;
  }

  /** What stands in a block or in brackets may read what those do. */
  private static boolean piped(Process p) {
    return p != null && (!p.isTty(0) || p.job().parent() != null);
  }

  /** A variable that is not set is no word, and what is several is one for each. */
  private static List<String> words(List<Object> arguments) {
    return arguments.stream().flatMap(a -> a instanceof Collection<?> c ? c.stream() : Stream.of(a)).filter(Objects::nonNull).map(
        Object::toString).toList();
  }

  private static int echo(List<String> words, BufferedReader in, PrintStream out) {
    out.println(String.join(" ", words));
    return 0;
  }

  private static int grep(List<String> words, BufferedReader in, PrintStream out) throws IOException {
    String letters = "";
    int at = 0;
    while (at < words.size() && words.get(at).matches("-[ivcn]+")) letters += words.get(at++);
    if (at < words.size() && words.get(at).equals("--")) at++;
    else if (at < words.size() && words.get(at).startsWith("-")) throw wrong("grep", words);
    if (words.size() != at + 1) throw wrong("grep", words);
    Pattern pattern = pattern(words.get(at), letters.contains("i") ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0);
    long hits = 0;
    long number = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      number++;
      if (pattern.matcher(line).find() == letters.contains("v")) continue;
      hits++;
      if (!letters.contains("c")) out.println(letters.contains("n") ? number + ":" + line : line);
    }
    if (letters.contains("c")) out.println(hits);
    return hits > 0 ? 0 : 1;
  }

  private static Pattern pattern(String text, int flags) throws InvalidException {
    try {
      return Pattern.compile(text, flags);
    } catch (PatternSyntaxException e) {
      throw new InvalidException("grep: '" + text + "' is no regular expression: " + e.getDescription() + "; a \\ before a sign takes its"
          + " meaning away");
    }
  }

  private static int head(List<String> words, BufferedReader in, PrintStream out) throws IOException {
    int count = count("head", words);
    for (int i = 0; i < count; i++) {
      String line = in.readLine();
      if (line == null) break;
      out.println(line);
    }
    return 0;
  }

  private static int tail(List<String> words, BufferedReader in, PrintStream out) throws IOException {
    int count = count("tail", words);
    var last = new ArrayDeque<String>();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      last.add(line);
      if (last.size() > count) last.remove();
    }
    last.forEach(out::println);
    return 0;
  }

  private static int count(String name, List<String> words) throws InvalidException {
    if (words.isEmpty()) return COUNT;
    String option = String.join(" ", words);
    if (!option.matches("-(n ?)?[0-9]{1,9}")) throw wrong(name, words);
    return Integer.parseInt(option.replaceFirst("-(n ?)?", ""));
  }

  private static int sort(List<String> words, BufferedReader in, PrintStream out) throws IOException {
    if (!words.isEmpty() && !words.equals(List.of("-r"))) throw wrong("sort", words);
    in.lines().sorted(words.isEmpty() ? Comparator.naturalOrder() : Comparator.reverseOrder()).forEach(out::println);
    return 0;
  }

  private static int wc(List<String> words, BufferedReader in, PrintStream out) throws IOException {
    if (!words.isEmpty() && !words.equals(List.of("-l"))) throw wrong("wc", words);
    out.println(in.lines().count());
    return 0;
  }

  private static InvalidException wrong(String name, List<String> words) {
    return new InvalidException("unexpected '" + String.join(" ", words) + "'; usage: … | " + USAGE.get(name));
  }
}
