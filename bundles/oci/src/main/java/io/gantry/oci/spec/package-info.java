/** The OCI runtime document of a Linux container, as the field's defaults have it. */
package io.gantry.oci.spec;
