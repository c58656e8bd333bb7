package io.gantry.kit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a method of a {@link Contract} as the test of a numbered rule; it takes one {@link Trial}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Rule {
  /** The number, as the contract's comment has it, e.g. {@code S-12}. */
  String value();

  /** The feature that a driver must have declared for this test; others report it as skipped. */
  String feature() default "";

  /** A feature that a driver must not have: what it leaves out must fail in the way the contract says. */
  String without() default "";

  /** Whether the test depends on chance and time; its seed is then worth keeping. */
  boolean stochastic() default false;
}
