package io.gantry.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dump of exported packages, and rules against the kit. */
class ContractsTest {
  @TempDir Path root;
  private Sample sample;

  @BeforeEach
  void api() throws IOException {
    sample = new Sample(root).bundle("api", """
        package io.gantry.api;
        /** <ul><li><b>S-1</b> one <li><b>S-2</b> two </ul> */
        public interface Store<T extends Comparable<? super T>> extends AutoCloseable {
          int MAX = 7;
          java.util.List<? extends T> list(byte[] after, int max) throws java.io.IOException;
          record Item(String name, long[] sizes) {}
          private static void hidden() {}
        }
        """, "package io.gantry.api; class Hidden {}").exports("api", "io.gantry.api;version=\"1.2.0\"");
  }

  @Test
  void theDump() throws IOException {
    assertEquals("""
        package io.gantry.api 1.2.0

        interface io.gantry.api.Store<T extends Comparable<? super T>> extends AutoCloseable
          abstract list(byte[], int): List<? extends T> throws java.io.IOException
          field final static MAX: int = 7

        record io.gantry.api.Store$Item
          <init>(String, long[]): void
          final equals(Object): boolean
          final hashCode(): int
          final toString(): String
          name(): String
          sizes(): long[]
        """, ApiDump.dump(sample.bundles()).get("io.gantry.api.txt"));
  }

  @Test
  void aChangedContractIsSeen() throws IOException {
    Path folder = sample.path("cnf/api");
    ApiDump.main(new String[] {root.toString()});
    assertEquals(List.of(), ApiDump.check(folder, sample.bundles()));
    Path text = folder.resolve("io.gantry.api.txt");
    Files.writeString(text, Files.readString(text).replace("list(byte[], int)", "list(byte[])"));
    Files.writeString(folder.resolve("io.gantry.gone.txt"), "package io.gantry.gone 1.0.0\n");
    List<String> found = ApiDump.check(folder, sample.bundles()).stream().map(Finding::toString).toList();
    assertEquals(
        List.of(
            "io.gantry.api.txt: new in code: io.gantry.api.Store abstract list(byte[], int): List<? extends T> throws java.io.IOException",
        "io.gantry.api.txt: no more in code: io.gantry.api.Store abstract list(byte[]): List<? extends T> throws java.io.IOException",
        "io.gantry.gone.txt: the package is no more exported"), found);
  }

  @Test
  void rulesAndKit() throws IOException {
    sample.bundle("kit", "package io.gantry.kit; class StoreContract {"
        + " @interface Rule { String value(); } @Rule(\"S-1\") void a() {} @Rule(\"S-9\") void b() {} }");
    List<Bundle> all = sample.bundles();
    assertEquals(List.of("Store.java: the kit has no @Rule(\"S-2\")", "StoreContract.java: no contract states the rule S-9"),
        Rules.check(all.get(0), all.get(1)).stream().map(Finding::toString).toList());
  }
}
