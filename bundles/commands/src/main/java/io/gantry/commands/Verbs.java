package io.gantry.commands;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/**
 * What the verbs that are there at this moment understand. They are looked up at each call: a list that the component runtime keeps lacks
 * for ever those that could not be had once, and a manager is asked for help while it still starts.
 */
class Verbs {
  private final BundleContext context;

  Verbs(BundleContext context) {
    this.context = context;
  }

  /** Sorted by name. */
  List<Syntax> all() {
    var all = new ArrayList<Syntax>();
    for (ServiceReference<Verb> reference : references()) {
      Verb verb = context.getService(reference);
      if (verb == null) continue; // it goes at this moment
      all.add(verb.syntax());
      context.ungetService(reference);
    }
    all.sort(Comparator.comparing(Syntax::verb));
    return all;
  }

  private Collection<ServiceReference<Verb>> references() {
    try {
      return context.getServiceReferences(Verb.class, null);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("no filter was given, yet it is wrong", e);
    }
  }

  /**
   * Waits until every verb of this bundle is there: each comes when the services it needs have come.
   *
   * @return those that have not come in time, by the names of their classes
   * @throws InterruptedIOException interrupted meanwhile
   */
  Set<String> await(Duration longest) throws InterruptedIOException {
    long end = System.nanoTime() + longest.toNanos();
    var changed = new Semaphore(0);
    ServiceListener listener = e -> changed.release();
    try {
      context.addServiceListener(listener, "(" + Constants.OBJECTCLASS + "=" + Verb.class.getName() + ")");
      while (true) {
        Set<String> missing = missing();
        if (missing.isEmpty() || !changed.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) return missing;
        changed.drainPermits();
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("the filter is wrong", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for commands");
    } finally {
      context.removeServiceListener(listener);
    }
  }

  private Set<String> missing() {
    Set<String> names = new TreeSet<>();
    for (String file : context.getBundle().getHeaders().get("Service-Component").split(",")) {
      String name = file.strip().replaceFirst("^.*/", "").replaceFirst("\\.xml$", "");
      if (isVerb(name)) names.add(name);
    }
    for (ServiceReference<Verb> r : references()) names.remove(String.valueOf(r.getProperty("component.name")));
    return names;
  }

  private static boolean isVerb(String component) {
    try {
      return Verb.class.isAssignableFrom(Class.forName(component, false, Verbs.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("component " + component + " has a class of another name", e);
    }
  }
}
