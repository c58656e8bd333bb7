package io.gantry.deploy;

import io.gantry.api.Scope;
import io.gantry.service.driver.Deployment;
import io.gantry.service.driver.Deployments;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.DriverState.State;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Promotion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.LoggerFactory;

/**
 * The service of this bundle, and what sets it going: first the bundles of drivers.lock, then the configurations, then the watch.
 *
 * <p>Its monitor is the turn of who changes what is in use, be it a change of a bundle or a scan of the files, which tries a driver out
 * with its changed values: each goes by what it found in use at its beginning. It is taken before all others, held across I/O and
 * hand-overs, and not by those who only ask.
 */
@Component(immediate = true)
public final class DeployComponent implements Deployments {
  /** What is wrong with {@code logging.cfg}, from the launcher, who reads it. */
  private static final String LOGGING = "gantry.logging.problem";
  private final BundleContext context;
  private final LockFile lock;
  private final Deployer deployer;
  private final ConfigFolder config;
  private final Watch watch;
  private final BundleListener bundlesChange = this::bundleChanged;

  @Activate
  public DeployComponent(BundleContext context, @Reference ConfigurationAdmin cm, @Reference Drivers drivers) throws IOException {
    this.context = context;
    Path root = folder("gantry.root");
    Path state = folder("gantry.state");
    JarStore jars = new JarStore(root.resolve("bundles").resolve("sha256"));
    Bundles bundles = new Bundles(context, jars);
    lock = LockFile.read(root.resolve("drivers.lock"));
    config = new ConfigFolder(root, state, cm, drivers, () -> Schema.of(bundles.all(used(drivers))),
        ref -> lock.wanted(ref, jars::location));
    deployer = new Deployer(lock, jars, bundles, drivers, config::scan);
    watch = new Watch(config.folder(), this::scan);
    if (lock.damage().isEmpty()) {
      deployer.bringUp();
      config.scan();
      deployer.problems().forEach((ref, text) -> drivers.remark(Scope.root(), ref, text));
      watch.start();
    } else {
      LoggerFactory.getLogger(DeployComponent.class).error("{}", lock.damage());
    }
    context.addBundleListener(bundlesChange);
  }

  /** Bundles whose driver is in use, or would be at the first use. */
  private static Set<Long> used(Drivers drivers) {
    return drivers.list(Scope.root()).stream().filter(s -> s.state() != State.DORMANT).map(DriverState::bundleId)
        .collect(Collectors.toSet());
  }

  private Path folder(String property) throws IOException {
    String path = context.getProperty(property);
    if (path == null) throw new IllegalStateException("the framework property " + property + " is not set; the launcher sets it");
    Durable.folder(Path.of(path));
    return Path.of(path);
  }

  @Deactivate
  void stop() throws IOException {
    context.removeBundleListener(bundlesChange);
    watch.close();
  }

  private synchronized void scan() {
    config.scan();
  }

  /** Another build may know other keys. */
  private void bundleChanged(BundleEvent e) {
    if (e.getType() == BundleEvent.INSTALLED || e.getType() == BundleEvent.UNINSTALLED || e.getType() == BundleEvent.UPDATED) watch.soon();
  }

  @Override
  public synchronized List<DriverState> install(Scope scope, Path jar) throws IOException {
    return deployer.install(jar);
  }

  @Override
  public synchronized List<Promotion> update(Scope scope, DriverRef ref, Path jar) throws IOException {
    return deployer.update(ref, jar);
  }

  @Override
  public synchronized List<Promotion> rollback(Scope scope, DriverRef ref) throws IOException {
    return deployer.rollback(ref);
  }

  @Override
  public synchronized void remove(Scope scope, DriverRef ref) throws IOException {
    deployer.remove(ref);
  }

  @Override
  public List<Deployment> list(Scope scope) {
    return lock.all();
  }

  @Override
  public List<String> problems(Scope scope) {
    if (!lock.damage().isEmpty()) return List.of(lock.damage());
    Stream<String> logging = Stream.ofNullable(context.getProperty(LOGGING)).filter(text -> !text.isEmpty());
    return Stream.concat(Stream.concat(config.problems().stream(), logging), deployer.problems().values().stream()).toList();
  }
}
