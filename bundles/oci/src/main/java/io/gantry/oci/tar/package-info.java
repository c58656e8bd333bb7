/** Archives as images travel in them. */
package io.gantry.oci.tar;
