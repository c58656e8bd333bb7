package io.gantry.mounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.linux.MountInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MounterTest {
  private Path dir;
  private Path place;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(ProcessHandle.current().info().user().filter("root"::equals).isPresent(), "mounts need root");
    dir = Files.createTempDirectory("mounter").toRealPath();
    place = Files.createDirectory(dir.resolve("place"));
    Mounter.mount(new Mount("tmpfs", "tmpfs", "", List.of("size=16m")), folder("work"));
  }

  @AfterEach
  void close() throws IOException {
    if (dir == null) return;
    Mounter.unmount(place);
    Mounter.unmount(dir.resolve("work"));
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path p : all.sorted(java.util.Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(dir.resolve(name));
  }

  private MountInfo there() throws IOException {
    return MountInfo.read().stream().filter(i -> i.isAt(place)).findFirst().orElseThrow();
  }

  private Mount overlay(int lowers, String name, String... more) throws IOException {
    List<String> folders = new ArrayList<>();
    for (int i = 0; i < lowers; i++) {
      Path lower = folder("work/" + name + i);
      Files.writeString(lower.resolve("file" + i), "of " + i);
      folders.add(lower.toString());
    }
    List<String> options = new ArrayList<>(List.of(more));
    options.add("lowerdir=" + String.join(":", folders));
    return new Mount("overlay", "overlay", "", options);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(place)) {
      return all.map(p -> p.getFileName().toString()).sorted().collect(Collectors.toList());
    }
  }

  @Test
  void optionsOfAMountAreItsOwn() throws IOException {
    Mounter.mount(overlay(2, "l", "ro", "nosuid", "nodev", "noexec", "noatime"), place);
    assertTrue(there().options().containsAll(List.of("ro", "nosuid", "nodev", "noexec", "noatime")), there().options().toString());
    assertEquals(List.of("file0", "file1"), files());
  }

  @Test
  void oldKernelsAreToldAtOnce() throws IOException {
    Mount m = overlay(3, "old", "ro", "nosuid");
    Mounter.atOnce(m, MountOptions.of(m.options()), place);
    assertTrue(there().options().containsAll(List.of("ro", "nosuid")), there().options().toString());
    assertEquals(List.of("file0", "file1", "file2"), files());
  }

  @Test
  void aPathLongerThanAValueMayBe() throws IOException {
    Mounter.mount(overlay(2, "x".repeat(200) + "/" + "y".repeat(100)), place);
    assertEquals(List.of("file0", "file1"), files());
  }

  @Test
  void manyFoldersAreMoreThanAPage() throws IOException {
    Mounter.mount(overlay(100, "a-folder-with-quite-a-long-name-of-its-own-so-that-it-counts-"), place);
    assertEquals(100, files().size());
  }

  @Test
  void aBindMountHasOptionsToo() throws IOException {
    Files.writeString(folder("work/from").resolve("it"), "is here");
    Mounter.mount(new Mount("bind", dir.resolve("work/from").toString(), "", List.of("rbind", "ro", "nosuid", "rprivate")), place);
    assertTrue(there().options().containsAll(List.of("ro", "nosuid")), there().options().toString());
    assertThrows(IOException.class, () -> Files.writeString(place.resolve("new"), "no"));
    assertEquals(List.of("it"), files());
  }

  @Test
  void whatABindMountDoesNotKnowIsRefused() throws IOException {
    Mount m = new Mount("bind", folder("work/from").toString(), "", List.of("ro", "size=1m"));
    InvalidException e = assertThrows(InvalidException.class, () -> Mounter.mount(m, place));
    assertTrue(e.getMessage().contains("size=1m"), e.getMessage());
    assertFalse(Mounter.present(place));
  }

  @Test
  void theLastOfContraryOptionsCounts() {
    MountOptions o = MountOptions.of(List.of("ro", "nosuid", "rw", "defaults", "mode=700"));
    assertEquals(List.of("mode=700"), o.data());
    assertEquals(io.gantry.linux.Mounting.ATTR_NOSUID, (int) o.attributes());
    assertEquals(io.gantry.linux.Mounting.NOSUID, o.flags());
  }
}
