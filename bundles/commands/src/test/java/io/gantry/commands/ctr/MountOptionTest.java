package io.gantry.commands.ctr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.commands.Golden;
import io.gantry.service.task.Tasks;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionTest {
  private static String refused(String text) {
    return assertThrows(IllegalArgumentException.class, () -> MountOption.parse(text)).getMessage();
  }

  @Test
  void whatRuntimesKnowPasses() {
    assertEquals(new Mount("bind", "/a", "/b", List.of("rbind", "ro", "nosuid", "rslave", "noatime")), MountOption.parse(
        "type=bind,src=/a,dst=/b,options=rbind:ro:nosuid:rslave:noatime"));
    assertEquals(new Mount("bind", "/a", "/b", List.of("ro", "rbind")), MountOption.parse("src=/a,dst=/b,ro"));
    assertEquals(new Mount("tmpfs", "tmpfs", "/t", List.of("size=1m", "mode=1777", "nr_inodes=10", "noexec")), MountOption.parse(
        "type=tmpfs,src=tmpfs,dst=/t,options=size=1m:mode=1777:nr_inodes=10:noexec"));
    assertEquals(List.of("hidepid=2", "anything"), MountOption.parse("type=proc,src=proc,dst=/p,options=hidepid=2:anything").options(),
        "another file system's own");
  }

  @Test
  void whatNobodyKnowsIsRefused() {
    assertTrue(refused("src=/a,dst=/b,options=ro:bogus").startsWith(
        "--mount 'src=/a,dst=/b,options=ro:bogus': unknown option 'bogus' for type bind, expected of ro, rw, bind, rbind, "));
    assertTrue(refused("src=/a,dst=/b,options=size=1m").contains("unknown option 'size=1m' for type bind"));
    assertTrue(refused("type=tmpfs,dst=/b,options=sice=1m").contains("'sice=1m' for type tmpfs"));
    assertTrue(refused("type=tmpfs,dst=/b,options=sice=1m").endsWith("grpquota_inode_hardlimit"));
    for (String empty : List.of("src=/a,dst=/b,options=", "src=/a,dst=/b,options=ro:")) {
      assertTrue(refused(empty).contains("unknown option ''"), empty);
    }
  }

  @Test
  void aKeyIsOneOfFew() {
    assertEquals("--mount 'scr=/a,dst=/b': unknown key 'scr', expected type, src, dst, options, ro", refused("scr=/a,dst=/b"));
    assertTrue(refused("src=/a,dst=/b,").contains("unknown key ''"));
    assertTrue(refused("src=/a,dst=/b,ro=false").contains("'ro' takes no value"));
    assertTrue(refused("type=,src=/a,dst=/b").contains("type is empty"));
  }

  @Test
  void nothingIsMadeWithAWrongOne() throws Exception {
    var run = new Run();
    run.tasks = Golden.service(Tasks.class, (method, args) -> {
      throw new AssertionError(method + " was called");
    });
    var args = run.syntax().parse(List.of("-d", "--mount", "src=/a,dst=/b,options=bogus", "redis"));
    var e = assertThrows(InvalidException.class, () -> run.run(args, Golden.console()));
    assertTrue(e.getMessage().startsWith("ctr:run: --mount 'src=/a,dst=/b,options=bogus': unknown option 'bogus'"), e.getMessage());
    assertEquals(125, run.failure());
  }
}
