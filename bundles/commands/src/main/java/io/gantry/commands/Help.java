package io.gantry.commands;

import io.gantry.api.NotFoundException;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code gantry:help}: the verbs that are there at this moment. */
@Component(service = {Function.class, Verb.class}, property = {"osgi.command.scope=gantry",
    "osgi.command.function=help"})
public final class Help extends Verb {
  private final Verbs verbs;

  @Activate
  public Help(BundleContext context) {
    this(new Verbs(context));
  }

  Help(Verbs verbs) {
    super(new Syntax("gantry:help", "List the commands, or show one").optional("COMMAND", "verb").example("gantry:help dist:pull"));
    this.verbs = verbs;
  }

  @Override
  protected int run(Args args, Console console) throws NotFoundException {
    String name = args.operand(0, "");
    if (name.isEmpty()) {
      var table = new TextTable("COMMAND", "PURPOSE");
      for (Syntax v : verbs.all()) table.row(v.verb(), v.purpose());
      table.print(console);
      console.out().println("\n'COMMAND --help' shows options and an example.");
      return 0;
    }
    for (Syntax v : verbs.all()) {
      if (v.verb().equals(name) || v.verb().endsWith(":" + name)) {
        console.out().print(console.help(v));
        return 0;
      }
    }
    throw new NotFoundException("there is no command '" + name + "'; 'help' lists them");
  }
}
