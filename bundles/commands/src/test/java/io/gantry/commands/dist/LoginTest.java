package io.gantry.commands.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.commands.Engine.Said;
import io.gantry.commands.EngineTest;
import io.gantry.kit.world.LentDrivers;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.transfer.Credentials;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import io.gantry.spi.resolver.Resolver;
import io.gantry.transfer.CredentialsComponent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whom a login asks, where there are several resolver drivers; what registries answer is in the integration tests. */
class LoginTest extends EngineTest {
  private final List<String> asked = new ArrayList<>();

  /** Takes any password. */
  private final class Taker implements Resolver {
    private final String name;

    Taker(String name) {
      this.name = name;
    }

    @Override
    public Resolved resolve(Reference reference, Access access) throws IOException {
      asked.add(name + " for " + access.credential(reference.host(), "Basic").map(Credential::user).orElse("nobody"));
      throw new NotFoundException("there is no " + reference);
    }

    @Override
    public Body open(Resolved resolved, Descriptor descriptor, long offset, Access access) {
      throw new IllegalStateException("a login fetches nothing");
    }
  }

  @BeforeEach
  void drivers() throws IOException {
    LentDrivers drivers = engine.service(LentDrivers.class);
    for (String name : List.of("archive", "docker", "layout")) drivers.put(new DriverRef(Resolver.KIND, name), new Taker(name), Map.of());
    Files.createDirectories(root.resolve("root"));
    engine.start(CredentialsComponent.class);
  }

  private Said login(String host) throws Exception {
    engine.typing("sesame\n".getBytes(StandardCharsets.UTF_8));
    return say(new Login(), "-u", "ann", host);
  }

  @Test
  void theDriverOfAPullIsAsked() throws Exception {
    assertEquals(new Said(0, "example.com:5000 takes it; kept\n", ""), login("example.com:5000"));
    assertEquals(0, login("layout.localhost").code());
    assertEquals(List.of("docker for ann", "layout for ann"), asked);
    assertEquals(Optional.of(new Credential("ann", "sesame")), engine.service(Credentials.class).find(Scope.root(), "example.com:5000"));
    assertTrue(Files.exists(root.resolve("root/credentials.json")));
  }
}
