package io.gantry.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.Scope;
import io.gantry.service.content.Contents;
import io.gantry.service.content.Info;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Leases;
import io.gantry.service.shell.Completions.Candidate;
import io.gantry.service.snapshot.SnapshotInfo;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.spi.snapshot.SnapId;
import io.gantry.spi.snapshot.SnapKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Names are those of the namespace that the line, or else the session, is about. */
class CompleterTest {
  private static final Syntax VERB = new Syntax("t:x", "Do it").option("--lease", "", "ID", "Lease", "lease")
      .option("--base", "", "KEY", "Snapshot", "snapshot").option("--blob", "", "DIGEST", "Blob", "digest").operands("IMAGE", "image");
  private static final Digest DIGEST = Digest.parse("sha256:" + "a".repeat(64));
  private final Completer completer = new Completer(new Verbs(null) {
    @Override
    List<Syntax> all() {
      return List.of(VERB);
    }
  });

  private List<Damaged> damaged = List.of();

  CompleterTest() {
    completer.images = Golden.service(Images.class, (method, args) -> method.equals("damaged") ? damaged
        : List.of(new Image(namespace(args) + "/redis:1", Golden.descriptor("t",
        1, 1), Map.of(), Golden.CREATED, Golden.CREATED, 1)));
    completer.leases = Golden.service(Leases.class, (method, args) -> method.equals("damaged") ? List.of()
        : List.of(new Lease(namespace(args) + "-lease", Map.of(),
        Golden.CREATED, 1)));
    completer.contents = Golden.service(Contents.class, (method, args) -> method.equals("damaged") ? damaged
        : List.of(new Info(DIGEST, 1, Golden.CREATED, Golden.CREATED, Map.of())));
    completer.snapshots = Golden.service(Snapshots.class, (method, args) -> method.equals("snapshotters") ? List.of("native", "overlayfs")
        : method.equals("damaged") ? damaged : List.of(new SnapshotInfo((String) args[1], namespace(args) + "-" + args[1], new SnapId("1"),
        SnapKind.ACTIVE, Optional.empty(),
            Map.of(), Optional.empty(), Golden.CREATED, Golden.CREATED)));
  }

  private static String namespace(Object[] args) {
    return ((Scope) args[0]).namespace();
  }

  private List<String> complete(String... words) {
    return completer.complete(Scope.root().withNamespace("of-session"), List.of(words)).stream().map(Candidate::value).toList();
  }

  @Test
  void namesAreThoseOfTheNamespace() {
    assertEquals(List.of("of-session/redis:1"), complete("t:x", ""));
    damaged = List.of(new Damaged("cut", new CorruptException("it is damaged", "that", "this")));
    assertEquals(List.of("of-session/redis:1", "cut"), complete("t:x", ""), "it can be removed");
    assertEquals(List.of("cut", "of-session-native", "of-session-overlayfs"), complete("t:x", "--base", ""));
    assertEquals(List.of(DIGEST.toString(), "cut"), complete("t:x", "--blob", ""));
    damaged = List.of();
    for (String[] line : new String[][] {{"t:x", "-n", "shop", ""}, {"t:x", "--namespace", "shop", "re"}, {"t:x", "--namespace=shop", ""},
        {"x", "one", "-n", "shop", ""}, {"t:x", "-n", "other", "-n", "shop", ""}}) {
      assertEquals(List.of("shop/redis:1"), complete(line), () -> String.join(" ", line));
    }
    assertEquals(List.of(), complete("t:x", "-n", "../shop", ""), "that is no namespace");
  }

  @Test
  void otherThingsThanImagesHaveNamesToo() {
    assertEquals(List.of("shop-lease"), complete("t:x", "-n", "shop", "--lease", ""));
    assertEquals(List.of("of-session-native", "of-session-overlayfs"), complete("t:x", "--base", ""));
    assertEquals(List.of(DIGEST.toString()), complete("t:x", "--blob", "sha256:aa"));
    assertEquals(List.of(), complete("t:x", "--blob", "sha256:b"));
  }
}
