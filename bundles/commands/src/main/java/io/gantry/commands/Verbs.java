package io.gantry.commands;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
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
}
