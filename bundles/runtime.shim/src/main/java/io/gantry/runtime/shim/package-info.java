/** Containers under containerd's shims, driven over ttrpc. */
package io.gantry.runtime.shim;
