package io.gantry.commands;

import io.gantry.api.NotFoundException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** {@code gantry:help}: the verbs that are there at this moment. */
@Component(service = {Function.class, Help.class}, configurationPid = "commands", property = {"osgi.command.scope=gantry",
    "osgi.command.function=help"})
public final class Help extends Verb {
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  final List<Verb> verbs = new CopyOnWriteArrayList<>();

  public Help() {
    super(new Syntax("gantry:help", "List the commands, or show one").optional("COMMAND", "verb").example("help dist:pull"));
  }

  @Override
  protected int run(Args args, Console console) throws NotFoundException {
    List<Verb> sorted = verbs.stream().sorted(Comparator.comparing(v -> v.syntax().verb())).toList();
    String name = args.operand(0, "");
    if (name.isEmpty()) {
      var table = new TextTable("COMMAND", "PURPOSE");
      for (Verb v : sorted) table.row(v.syntax().verb(), v.syntax().purpose());
      table.print(console.out());
      console.out().println("\n'COMMAND --help' shows options and an example.");
      return 0;
    }
    for (Verb v : sorted) {
      if (v.syntax().verb().equals(name)) {
        console.out().print(v.syntax().help());
        return 0;
      }
    }
    throw new NotFoundException("there is no command '" + name + "'; 'help' lists them");
  }
}
