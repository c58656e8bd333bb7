package io.gantry.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What Debian's {@code ctr} prints against Gantry is what it prints against Debian's containerd: of records. */
class CtrTest extends CtrWorld {
  @Test
  void namespaces() throws Exception {
    Comparison c = in("default");
    c.same("namespaces", "create", "one", "a=b");
    c.same("namespaces", "create", "one");
    c.same("namespaces", "create", "../x");
    c.same("namespaces", "create", "two");
    c.same("namespaces", "label", "two", "k=v", "other=w");
    c.same("namespaces", "label", "two", "k=");
    c.same("namespaces", "label", "nosuch", "k=v");
    assertTrue(Comparison.byFirstWord(c.other("namespaces of other tests beside", "namespaces", "ls")).get("two").contains("other=w"));
    c.same("namespaces", "rm", "two");
    c.same("namespaces", "rm", "nosuch");
    c.end();
  }

  @Test
  void content() throws Exception {
    Comparison c = in("content");
    String digest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    c.same("content", "ls");
    c.same("content", "active");
    c.typed("hello\n", "content", "ingest", "--expected-size", "6", "--expected-digest", digest, "first");
    c.typed("hello\n", "content", "ingest", "again");
    c.typed("hello\n", "content", "ingest", "--expected-size", "7", "wrong");
    c.typed("world\n", "content", "ingest", "--expected-digest", digest.replace('5', '6'), "wrong-digest");
    c.same("content", "ls");
    c.same("content", "ls", "-q");
    c.same("content", "get", digest);
    c.same("content", "label", digest, "a=b", "c=d");
    c.same("content", "label", digest, "a=");
    c.same("content", "ls");
    c.same("content", "ls", "labels.c==d");
    c.same("content", "ls", "labels.c==e");
    c.same("content", "get", digest.replace('5', '6'));
    c.same("content", "get", "nodigest");
    c.same("content", "rm", digest.replace('5', '6'));
    c.same("content", "rm", digest);
    c.same("content", "rm", digest);
    c.same("content", "ls");
    c.end();
  }

  @Test
  void leases() throws Exception {
    Comparison c = in("leases");
    c.same("leases", "ls");
    c.same("leases", "create", "--id", "mine", "a=b");
    c.same("leases", "create", "--id", "mine");
    c.same("leases", "create", "--id", "other", "--expires", "1h");
    c.same("leases", "ls");
    c.same("leases", "ls", "-q");
    c.same("leases", "rm", "mine");
    c.same("leases", "rm", "mine");
    c.same("leases", "ls");
    c.end();
  }

  @Test
  void versionIsOfTheSameShape() throws Exception {
    Comparison c = in("version");
    String ours = c.other("the version is ours", "version");
    assertEquals(fields(c.theirs().ok("version")), fields(ours));
    c.end();
  }

  private static List<String> fields(String lines) {
    return lines.lines().map(l -> l.replaceAll(":.*", "")).filter(l -> !l.isBlank()).toList();
  }

  /** Clients look for plugins by type; which each side has alone is known, with the reason. */
  @Test
  void pluginsAreThoseThatClientsLookFor() throws Exception {
    Comparison c = in("plugins");
    Set<String> theirs = plugins(c.theirs());
    Set<String> ours = plugins(c.ours());
    var missing = new TreeSet<>(theirs);
    missing.removeAll(ours);
    var more = new TreeSet<>(ours);
    more.removeAll(theirs);
    // drivers of theirs
    assertEquals(new TreeSet<>(Set.of("io.containerd.snapshotter.v1 aufs skip", "io.containerd.snapshotter.v1 btrfs skip",
        "io.containerd.snapshotter.v1 devmapper error", "io.containerd.snapshotter.v1 zfs skip", //
        "io.containerd.metadata.v1 bolt ok", // the kind is there, by another driver
        "io.containerd.runtime.v1 linux ok", // of shims before version 2
        "io.containerd.monitor.v1 cgroups ok", // what tasks:metrics says is asked for, not collected
        "io.containerd.internal.v1 restart ok", "io.containerd.internal.v1 opt ok")), missing); // no restarts by label, no ctr install
    assertEquals(new TreeSet<>(Set.of("io.containerd.metadata.v1 mapdb ok", // kinds of drivers that containerd does not have
        "io.containerd.streaming.v1 manager ok", "io.containerd.transfer.v1 local ok", // since containerd 1.7
        "io.containerd.grpc.v1 streaming ok", "io.containerd.grpc.v1 transfer ok", //
        "io.gantry.log.v1 containers ok", "io.gantry.resolver.v1 docker ok", "io.gantry.resolver.v1 layout ok",
        "io.gantry.runtime.v1 io.containerd.runc.v2 ok")), more);
    c.same("plugins", "ls", "id==overlayfs");
    c.other("ours say where their root is and which bundle they are", "plugins", "ls", "-d", "id==native");
    c.end();
  }

  private static Set<String> plugins(Ctr side) throws Exception {
    return side.ok("plugins", "ls").lines().skip(1).map(l -> l.split("\\s+")).map(w -> w[0] + " " + w[1] + " " + w[3])
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
