package io.gantry.itest;

import io.gantry.kit.image.DebImage;
import io.gantry.kit.registry.RealRegistry;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.AssumptionViolatedException;
import org.junit.Test;
import org.junit.runner.Description;
import org.junit.runner.Runner;
import org.junit.runner.manipulation.Filter;
import org.junit.runner.manipulation.Filterable;
import org.junit.runner.manipulation.NoTestsRemainException;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunNotifier;
import org.junit.runners.model.InitializationError;
import org.ops4j.pax.exam.junit.PaxExam;

/** Runs a class of tests inside the framework, or reports each as skipped with the reason; then takes away what the product wrote. */
public final class Story extends Runner implements Filterable {
  private final Class<?> type;
  private final Optional<String> missing;
  private final Optional<PaxExam> inFramework;

  public Story(Class<?> type) throws InitializationError {
    this.type = type;
    this.missing = Stream.of(Manager.missing(), RealRegistry.missing(), DebImage.missing()).flatMap(Optional::stream).findFirst();
    this.inFramework = missing.isEmpty() ? Optional.of(new PaxExam(type)) : Optional.empty();
  }

  @Override
  public Description getDescription() {
    if (inFramework.isPresent()) return inFramework.get().getDescription();
    Description all = Description.createSuiteDescription(type);
    Arrays.stream(type.getMethods()).filter(m -> m.isAnnotationPresent(Test.class))
        .forEach(m -> all.addChild(Description.createTestDescription(type, m.getName())));
    return all;
  }

  @Override
  public void run(RunNotifier notifier) {
    if (inFramework.isEmpty()) {
      getDescription().getChildren().forEach(d -> skip(notifier, d));
      return;
    }
    try {
      inFramework.get().run(notifier);
    } finally {
      sweep(notifier);
    }
  }

  private void skip(RunNotifier notifier, Description test) {
    notifier.fireTestStarted(test);
    notifier.fireTestAssumptionFailed(new Failure(test, new AssumptionViolatedException(missing.orElseThrow())));
    notifier.fireTestFinished(test);
  }

  private void sweep(RunNotifier notifier) {
    try {
      Product.sweep();
    } catch (IOException e) {
      notifier.fireTestFailure(new Failure(getDescription(), e));
    }
  }

  @Override
  public void filter(Filter filter) throws NoTestsRemainException {
    if (inFramework.isPresent()) inFramework.get().filter(filter);
  }
}
