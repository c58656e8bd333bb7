/** The life of containers, over the services that take its single steps. */
package io.gantry.oci.task;
