/** Images as their documents tell them, over a store of content. */
package io.gantry.oci.image;
