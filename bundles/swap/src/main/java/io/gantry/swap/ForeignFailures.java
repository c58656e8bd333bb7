package io.gantry.swap;

import io.gantry.api.CorruptException;
import io.gantry.api.GantryException;
import io.gantry.api.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;

/**
 * Copies what a driver threw, so that nothing of the driver is in it. Every throwable is copied, those of the JDK too: HotSpot's backtrace
 * of any exception holds the classes of the frames it went through, and with them the driver's class loader, for as long as somebody
 * keeps the exception. A copy has the same message, the same stack trace as text, and its type where the type is the JDK's or the api's.
 */
final class ForeignFailures {
  private static final int DEEP = 12; // causes form cycles, in the wild

  private ForeignFailures() {}

  /** An IOException or RuntimeException that says what {@code thrown} said. */
  static Exception translate(Throwable thrown, String driver) {
    Throwable copy = copy(thrown, driver, 0);
    if (copy instanceof IOException || copy instanceof RuntimeException) return (Exception) copy;
    return shaped(new IOException("driver " + driver + " failed: " + text(thrown)), thrown, driver, 0);
  }

  private static Throwable copy(Throwable t, String driver, int depth) {
    Throwable cause = depth < DEEP ? cause(t, driver, depth + 1) : null;
    Throwable same = ours(t.getClass()) ? same(t, cause) : null;
    return shaped(same != null ? same : new IOException("driver " + driver + " failed: " + text(t), cause), t, driver, depth);
  }

  private static Throwable cause(Throwable t, String driver, int depth) {
    try {
      Throwable cause = t.getCause();
      return cause == null || cause == t ? null : copy(cause, driver, depth);
    } catch (RuntimeException broken) {
      return new IOException("its cause could not be read: " + broken.getClass().getName());
    }
  }

  private static <T extends Throwable> T shaped(T made, Throwable t, String driver, int depth) {
    made.setStackTrace(t.getStackTrace());
    if (depth < DEEP) for (Throwable s : t.getSuppressed()) made.addSuppressed(copy(s, driver, depth + 1));
    return made;
  }

  /** A class that no bundle of a driver can have brought. */
  private static boolean ours(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null || loader == ClassLoader.getPlatformClassLoader() || loader == GantryException.class.getClassLoader();
  }

  private static Throwable same(Throwable t, Throwable cause) {
    String message = t.getMessage();
    if (t instanceof UnavailableException u) return new UnavailableException(message, u.retryAfter(), cause);
    if (t instanceof CorruptException c) {
      String ending = ": expected " + c.expected() + ", found " + c.actual();
      return new CorruptException(message.substring(0, message.length() - ending.length()), c.expected(), c.actual());
    }
    if (t.getClass() == UncheckedIOException.class && cause instanceof IOException io) return new UncheckedIOException(message, io);
    return byConstructor(t.getClass(), message, cause);
  }

  private static Throwable byConstructor(Class<? extends Throwable> type, String message, Throwable cause) {
    Throwable made = made(type, new Class<?>[] {String.class, Throwable.class}, message, cause);
    if (made != null) return made;
    made = made(type, new Class<?>[] {String.class}, message);
    if (made == null && message == null) made = made(type, new Class<?>[] {});
    if (made != null && cause != null && made.getCause() == null) because(made, cause);
    return made;
  }

  private static void because(Throwable t, Throwable cause) {
    try {
      t.initCause(cause);
    } catch (IllegalStateException fixed) { // its constructor said that it has none
      t.addSuppressed(cause);
    }
  }

  /** Null where there is no such public constructor, or it does not like what it gets. */
  private static Throwable made(Class<? extends Throwable> type, Class<?>[] signature, Object... arguments) {
    try {
      Constructor<? extends Throwable> c = type.getConstructor(signature);
      return Modifier.isPublic(type.getModifiers()) ? c.newInstance(arguments) : null;
    } catch (ReflectiveOperationException | RuntimeException notSo) {
      return null;
    }
  }

  private static String text(Throwable t) {
    try {
      return t.toString();
    } catch (RuntimeException broken) {
      return t.getClass().getName();
    }
  }
}
