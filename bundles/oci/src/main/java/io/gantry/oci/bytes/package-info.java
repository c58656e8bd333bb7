/** The digest of bytes as they come, and the pauses before one asks for them again. */
package io.gantry.oci.bytes;
