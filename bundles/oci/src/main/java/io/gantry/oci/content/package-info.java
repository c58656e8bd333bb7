/** How bytes come into a content store. */
package io.gantry.oci.content;
