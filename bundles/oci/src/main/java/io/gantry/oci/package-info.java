/** Documents of OCI and Docker images: media types, manifests, indexes, configs, the choice of a platform. Pure functions over bytes. */
package io.gantry.oci;
