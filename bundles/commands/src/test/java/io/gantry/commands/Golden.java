package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.api.Descriptor;
import io.gantry.api.Digest;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.BiFunction;
import org.apache.felix.service.command.CommandSession;

/** Holds what a verb prints for programs to a file: programs of others read it, so a change there is a break. */
public final class Golden {
  public static final Instant CREATED = Instant.parse("2026-01-02T03:04:05.000000006Z");
  public static final Instant UPDATED = Instant.parse("2026-02-03T04:05:06Z");

  private Golden() {}

  /** What a verb does with its arguments. */
  public interface Run {
    int run(Args args, Console console) throws Exception;
  }

  /** Runs with {@code --format json} and these words. */
  public static void same(String file, Verb verb, Run run, String... words) throws Exception {
    var all = new java.util.ArrayList<>(java.util.List.of("--format", "json"));
    all.addAll(java.util.List.of(words));
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    assertEquals(0, run.run(verb.syntax().parse(all), console(out, out)));
    try (InputStream expected = Golden.class.getResourceAsStream("/golden/" + file)) {
      assertEquals(expected == null ? "no such file" : new String(expected.readAllBytes(), StandardCharsets.UTF_8), bytes.toString(
          StandardCharsets.UTF_8), file);
    }
  }

  /** In a pipe; what is printed goes nowhere. */
  public static Console console() {
    var none = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return console(none, none);
  }

  public static Console console(PrintStream out, PrintStream err) {
    return new Console(service(CommandSession.class, (method, args) -> null), InputStream.nullInputStream(), out, err);
  }

  /** A service of which a verb calls little. */
  public static <T> T service(Class<T> type, BiFunction<String, Object[], Object> answer) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (p, method, args) -> answer.apply(
        method.getName(), args)));
  }

  public static Descriptor descriptor(String mediaType, int digit, long size) {
    return Descriptor.of(mediaType, Digest.parse("sha256:" + Integer.toHexString(digit).repeat(64)), size);
  }
}
