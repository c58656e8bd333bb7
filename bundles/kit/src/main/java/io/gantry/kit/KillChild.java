package io.gantry.kit;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Random;

/** The JVM that is to be killed. */
public final class KillChild {
  private KillChild() {}

  /** @param args class of the subject, class of the workload, the driver's folder, the seed */
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err); // lines on standard output are acknowledgements alone
    run(make(args[0]), make(args[1]), args, out);
  }

  @SuppressWarnings("unchecked")
  private static void run(Object subject, Object workload, String[] args, PrintStream out) throws Exception {
    Object driver = ((Subject<Object>) subject).open(Path.of(args[2]));
    ((Workload<Object>) workload).run(driver, new Random(Long.parseLong(args[3])), line -> {
      out.println(line);
      out.flush();
    });
  }

  private static Object make(String name) throws ReflectiveOperationException {
    var constructor = Class.forName(name).getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }
}
