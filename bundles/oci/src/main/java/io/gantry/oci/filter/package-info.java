/** containerd's language of filters, with which its clients ask for a part of a list. */
package io.gantry.oci.filter;
