package io.gantry.swap;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The driver of these tests, as source, and what its instances report over the class loaders' borders. */
public final class Demo {
  /** Shared with the bundles by name; holds JDK types only. */
  public static final Map<String, Object> BOARD = new ConcurrentHashMap<>();

  public static final String SOURCE = """
      package demo;
      import java.util.Map;
      import java.util.concurrent.CountDownLatch;
      import java.util.concurrent.atomic.AtomicInteger;
      import java.util.function.Function;

      @SuppressWarnings("unchecked")
      public class Demo implements Function<String, String> {
        static final String VERSION = "v1";
        static final boolean FAILS = false;
        private static final ThreadLocal<Object> LOCAL = new ThreadLocal<>();
        private final Map<String, Object> board = (Map<String, Object>) System.getProperties().get("gantry.demo");
        private Map<String, Object> properties;
        private volatile boolean closed;
        private AtomicInteger owners;

        void activate(Map<String, Object> given) throws java.io.IOException {
          if (FAILS) throw new java.io.IOException("the disk of " + given.get("gantry.name") + " has no d_type");
          properties = given;
          owners = (AtomicInteger) board.computeIfAbsent("owners " + given.get("gantry.name"), k -> new AtomicInteger());
          if (owners.incrementAndGet() > 1) board.put("two owners of " + given.get("gantry.name"), VERSION);
        }

        void modified(Map<String, Object> given) { properties = given; }

        void deactivate() { closed = true; owners.decrementAndGet(); }

        public String apply(String order) {
          if (closed) throw new IllegalStateException("used after it was closed");
          String[] words = order.split(" ");
          switch (words[0]) {
            case "sleep": sleep(Long.parseLong(words[1])); break;
            case "block":
              ((CountDownLatch) board.get("in " + words[1])).countDown();
              await((CountDownLatch) board.get(words[1]));
              return VERSION;
            case "throw": throw new Mine("mine " + VERSION, new java.io.UncheckedIOException(new java.io.IOException("below")));
            case "npe": throw new NullPointerException("of the JDK");
            case "property": return String.valueOf(properties.get(words[1]));
            case "interrupt": Thread.currentThread().interrupt(); return "";
            case "interrupted": return String.valueOf(Thread.currentThread().isInterrupted());
            case "thread": return Thread.currentThread().getName();
            case "loader": return String.valueOf(Thread.currentThread().getContextClassLoader() == Demo.class.getClassLoader());
            case "local": LOCAL.set(this); return VERSION;
            case "plain": throw new java.io.UncheckedIOException("plain", new java.io.EOFException("end"));
            case "link": throw new NoClassDefFoundError("demo/Gone");
            default: break;
          }
          if (closed) throw new IllegalStateException("closed during a call");
          return VERSION + new Late();
        }

        private static void sleep(long ms) {
          try { Thread.sleep(ms); } catch (InterruptedException e) { throw new IllegalStateException("interrupted"); }
        }

        private static void await(CountDownLatch latch) {
          try { latch.await(); } catch (InterruptedException e) { throw new IllegalStateException("interrupted"); }
        }

        public static class Mine extends RuntimeException {
          Mine(String m, Throwable c) { super(m, c); }
        }
        /** Loaded at the first use of a call. */
        static class Late { public String toString() { return ""; } }
      }
      """;

  static {
    System.getProperties().put("gantry.demo", BOARD);
  }

  private Demo() {}

  public static DriverJar jar(String kind, String version) {
    return new DriverJar(kind, "demo", SOURCE).replace("\"v1\"", "\"" + version + "\"");
  }
}
