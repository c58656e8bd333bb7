package io.gantry.resolver.docker;

import io.gantry.kit.junit.Rules;
import io.gantry.kit.rules.PusherContract;
import io.gantry.kit.rules.ResolverContract;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class DockerResolverContractTest {
  @TestFactory
  Stream<DynamicTest> keepsTheRules() {
    return Rules.of(new ResolverContract(), root -> new DockerResolver(HostsConfig.none()));
  }

  @TestFactory
  Stream<DynamicTest> keepsTheRulesOfPushers() {
    return Rules.of(new PusherContract(), root -> new DockerResolver(HostsConfig.none()));
  }
}
