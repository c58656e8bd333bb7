/** Which driver does the work of a call that names none. */
package io.gantry.oci.driver;
