package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.content.ContentService;
import io.gantry.content.local.LocalComponent;
import io.gantry.events.Feed;
import io.gantry.kit.world.Components;
import io.gantry.layer.tar.TarLayerComponent;
import io.gantry.metadata.mapdb.MapDbComponent;
import io.gantry.mounts.MountTable;
import io.gantry.records.ContainerRecords;
import io.gantry.records.ImageRecords;
import io.gantry.records.LeaseRecords;
import io.gantry.records.NamespaceRecords;
import io.gantry.records.TableService;
import io.gantry.snapshot.SnapshotKeys;
import io.gantry.snapshot.copy.CopyComponent;
import io.gantry.unpack.UnpackService;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.felix.service.command.CommandSession;

/** A manager's core over real drivers, for verbs. */
public final class Engine implements Closeable {
  /** What a verb said. */
  public record Said(int code, String out, String err) {
    public List<String> lines() {
      return out.lines().toList();
    }
  }

  private final Path root;
  private final Map<String, String> context;
  private final Components parts;
  private final List<Object> services = new ArrayList<>();
  private byte[] input = new byte[0];
  private UnaryOperator<String> editor;

  public Engine(Path root) throws IOException {
    this.root = root;
    this.context = Map.of("gantry.boot", "7", "gantry.root", root.resolve("root").toString(), "gantry.state",
        Files.createDirectories(root.resolve("state"))
        .toString());
    parts = new Components(root);
    services.add(parts.drivers());
    driver(MapDbComponent.class, "metadata", "mapdb", Map.of());
    driver(LocalComponent.class, "content", "local", Map.of());
    driver(TarLayerComponent.class, "layer", "tar", Map.of("igzip", "none"));
    driver(CopyComponent.class, "snapshot", "native", Map.of());
    for (Class<?> c : List.of(Feed.class, TableService.class, NamespaceRecords.class, ImageRecords.class, ContainerRecords.class,
        LeaseRecords.class, ContentService.class, SnapshotKeys.class, MountTable.class, UnpackService.class)) {
      start(c);
    }
  }

  /** A core component over what is there. */
  public void start(Class<?> component) throws IOException {
    services.add(parts.start(component, context));
  }

  public <T> T driver(Class<T> component, String kind, String name, Map<String, ?> properties) throws IOException {
    return parts.driver(component, kind, name, properties);
  }

  public <T> T service(Class<T> type) {
    return services.stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
  }

  /** The next verb's standard input. */
  /** What the user's editor does with a file. */
  public Engine editing(UnaryOperator<String> how) {
    editor = how;
    return this;
  }

  public Engine typing(byte[] bytes) {
    input = bytes;
    return this;
  }

  /** A line as the shell takes it; failures are told as it tells them. */
  public Said say(Verb verb, String... words) throws Exception {
    bind(verb);
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    CommandSession session = session(new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true,
        StandardCharsets.UTF_8));
    Object code;
    try {
      code = verb.execute(session, Arrays.asList((Object[]) words));
    } catch (IOException e) {
      return new Said(1, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8) + e.getMessage() + "\n");
    } finally {
      input = new byte[0];
    }
    return new Said(code == null ? 0 : (Integer) code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** A line that must succeed, and say nothing but its answer. */
  public List<String> ok(Verb verb, String... words) throws Exception {
    Said said = say(verb, words);
    assertEquals(new Said(0, said.out(), ""), said, () -> verb.syntax().verb() + " " + String.join(" ", words));
    return said.lines();
  }

  private CommandSession session(PrintStream out, PrintStream err) {
    var in = new ByteArrayInputStream(input);
    return Golden.service(CommandSession.class, (method, args) -> !method.equals("get") ? method.equals("getConsole") ? out : in
        : switch ((String) args[0]) {
          case ".gantry.in" -> in;
          case ".gantry.err" -> err;
          case ".gantry.cwd" -> root.toString();
          case ".gantry.edit" -> editor;
          default -> null;
        });
  }

  /** As SCR does it: a field gets the service of its type. */
  private void bind(Verb verb) throws IllegalAccessException {
    for (Field f : verb.getClass().getDeclaredFields()) {
      if (Modifier.isStatic(f.getModifiers()) || Modifier.isFinal(f.getModifiers())) continue;
      f.setAccessible(true);
      f.set(verb, f.getType().getName().equals("org.osgi.framework.BundleContext") ? bundle(f.getType()) : service(f.getType()));
    }
  }

  private Object bundle(Class<?> type) {
    return Golden.service(type, (method, args) -> context.get((String) args[0]));
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
