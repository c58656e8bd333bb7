/** JSON from outside and back, bounded, without data binding. */
package io.gantry.oci.json;
