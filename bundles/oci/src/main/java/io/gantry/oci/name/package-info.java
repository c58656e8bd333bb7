/** Which record a name means that does not say all. */
package io.gantry.oci.name;
