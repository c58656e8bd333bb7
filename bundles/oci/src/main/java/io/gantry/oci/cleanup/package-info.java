/** What is done at the end of work that was perhaps interrupted. */
package io.gantry.oci.cleanup;
