/**
 * Which driver does the work of a call that names none. It is no document of OCI; it is here since both those who have a manager's services
 * and the clients that stand for them (bundle {@code remote}) follow the rule, which no bundle of either may use of the other, and since
 * what they do alike is no contract, as the API is.
 */
package io.gantry.oci.driver;
