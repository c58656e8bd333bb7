/** Lists of records as they are kept, some of which may be damaged. */
package io.gantry.oci.record;
