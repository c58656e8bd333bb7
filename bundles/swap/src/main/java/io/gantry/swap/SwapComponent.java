package io.gantry.swap;

import io.gantry.api.Scope;
import io.gantry.service.driver.Borrowed;
import io.gantry.service.driver.DriverCall;
import io.gantry.service.driver.DriverRef;
import io.gantry.service.driver.DriverState;
import io.gantry.service.driver.Drivers;
import io.gantry.service.driver.Promotion;
import io.gantry.service.driver.Stalls;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.AnyService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services of this bundle, and all the declarative services there is: it is told of every driver's reference, and takes no object. */
@Component(service = {Drivers.class, Stalls.class}, immediate = true, configurationPid = "swap")
@Designate(ocd = SwapComponent.Config.class)
public final class SwapComponent implements Drivers, Stalls {
  @ObjectClassDefinition(name = "Lending and replacing of drivers")
  @interface Config {
    @AttributeDefinition(min = "1ms", max = Settings.MOST,
        description = "How long a call waits for a driver that is away; a number with ms, s or m")
    String replacement_timeout() default "30s";

    @AttributeDefinition(min = "1ms", max = Settings.MOST,
        description = "How long calls of a driver that goes may run on; a number with ms, s or m")
    String drain_timeout() default "10s";

    @AttributeDefinition(min = "1ms", max = Settings.MOST,
        description = "How long a caller waits for the answer of a short call; a number with ms, s or m")
    String call_timeout() default "2m";
  }

  private static final Logger log = LoggerFactory.getLogger(SwapComponent.class);
  private final Instances instances;
  private final ServiceEvents events;
  private final Lender lender;
  private final Promoter promoter;
  private final Listing listing;

  @Activate
  public SwapComponent(Config config, BundleContext context, @Reference ServiceComponentRuntime scr) {
    instances = new Instances(settings(config, Settings.defaults()), Long.parseLong(Optional.ofNullable(context.getProperty("gantry.boot"))
        .orElse("1")),
        () -> context.getBundle(0).getState() == Bundle.STOPPING, id -> active(context.getBundle(id)));
    Deployed deployed = Deployed.under(context.getProperty("gantry.root"));
    Reports reports = new Reports(context, scr, deployed);
    Activation activation = new Activation(instances, context, reports);
    promoter = new Promoter(instances, activation, reports);
    events = new ServiceEvents(instances, activation, promoter, reports, deployed);
    lender = new Lender(instances, activation);
    listing = new Listing(instances, reports, deployed);
  }

  private static boolean active(Bundle b) {
    return b != null && b.getState() == Bundle.ACTIVE;
  }

  /** A wrong configuration must not take the drivers from everybody: what was before stays, and an error is in the log. */
  private static Settings settings(Config c, Settings before) {
    try {
      return Settings.parse(c.replacement_timeout(), c.drain_timeout(), c.call_timeout());
    } catch (IllegalArgumentException e) {
      log.error("{}; the last good values are used", e.getMessage());
      return before;
    }
  }

  @Modified
  void modified(Config config) {
    instances.settings = settings(config, instances.settings);
  }

  @Reference(service = AnyService.class, target = "(gantry.kind=*)", policy = ReferencePolicy.DYNAMIC,
      cardinality = ReferenceCardinality.MULTIPLE, unbind = "go", updated = "change")
  void come(ServiceReference<?> reference) {
    events.come(reference);
  }

  void change(ServiceReference<?> reference) {
    events.change(reference);
  }

  void go(ServiceReference<?> reference) {
    events.go(reference);
  }

  @Override
  public <D, R> R lend(Class<D> type, DriverRef ref, Scope scope, DriverCall<Borrowed<D>, R> call) throws IOException {
    return lender.run(List.of(ref), scope, instances.settings.call(), c -> call.with(borrowed(type, c)));
  }

  @Override
  public <D, R> R yielding(Class<D> type, DriverRef ref, Scope scope, LongCall<D, R> call) throws IOException {
    return lender.runYielding(ref, scope, c -> call.with(borrowed(type, c), c));
  }

  private static <D> Borrowed<D> borrowed(Class<D> type, Call<?> call) throws IOException {
    Live live = call.lives.getFirst();
    if (!live.offers(type)) throw Refusals.cannot(live, type);
    return live.borrowed(type);
  }

  @Override
  public <R> R callAll(List<DriverRef> refs, Scope scope, DriverCall<List<Borrowed<Object>>, R> call) throws IOException {
    if (refs.isEmpty()) throw new IllegalArgumentException("no driver is named");
    return lender.run(
        refs, scope, instances.settings.call(), c -> call.with(c.lives.stream().map(l -> l.borrowed(Object.class)).toList()));
  }

  @Override
  public List<DriverRef> of(Scope scope, String kind) {
    instances.lock.lock();
    try {
      return instances.all().stream().filter(i -> i.ref.kind().equals(kind) && !i.candidates.isEmpty())
          .sorted(Comparator.<Instance>comparingInt(SwapComponent::order).thenComparing(i -> i.ref)).map(i -> i.ref).toList();
    } finally {
      instances.lock.unlock();
    }
  }

  private static int order(Instance i) {
    String text = text(i, "gantry.order");
    return text.matches("-?\\d{1,9}") ? Integer.parseInt(text) : 100;
  }

  @Override
  public String property(Scope scope, DriverRef ref, String key) {
    instances.lock.lock();
    try {
      return instances.find(ref).map(i -> text(i, key)).orElse("");
    } finally {
      instances.lock.unlock();
    }
  }

  private static String text(Instance i, String key) {
    Object value = i.first().map(c -> c.reference.getProperty(key)).orElse(null);
    if (value instanceof Object[] several) return String.join(",", Arrays.stream(several).map(String::valueOf).toList());
    return value == null ? "" : value.toString();
  }

  @Override
  public List<DriverState> list(Scope scope) {
    return listing.all();
  }

  @Override
  public void expect(Scope scope, DriverRef ref, String pid, Optional<String> location) {
    instances.lock.lock();
    try {
      Instance i = instances.known(ref);
      i.forgotten = false;
      i.pid = pid;
      i.want(location);
      i.changed.signalAll();
    } finally {
      instances.lock.unlock();
    }
  }

  @Override
  public void remark(Scope scope, DriverRef ref, String text) {
    instances.lock.lock();
    try {
      instances.find(ref).ifPresent(i -> i.remark = text);
    } finally {
      instances.lock.unlock();
    }
  }

  @Override
  public void forget(Scope scope, DriverRef ref) {
    instances.lock.lock();
    try {
      instances.forget(ref);
    } finally {
      instances.lock.unlock();
    }
  }

  @Override
  public Promotion promote(Scope scope, DriverRef ref, long bundleId) throws IOException {
    return promoter.promote(ref, bundleId);
  }

  @Override
  public Summary summary(Scope scope) {
    return instances.stalls.summary();
  }

  @Override
  public Summary summary(Scope scope, String kind) {
    return instances.stalls.summary(kind);
  }

  @Override
  public void reset(Scope scope) {
    instances.stalls.reset();
  }
}
