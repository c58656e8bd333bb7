/** The adapter for JUnit Jupiter; whoever uses it brings JUnit. Example: see {@link io.gantry.kit.junit.Rules}. */
package io.gantry.kit.junit;
