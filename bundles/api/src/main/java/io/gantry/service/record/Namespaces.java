package io.gantry.service.record;

import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Namespaces and their labels; one is there from its first record on, or made by {@link #create}. Those made and changed here are events
 * {@code /namespaces/create|update|delete}. The namespace of the scope does not matter.
 */
@ProviderType
public interface Namespaces {
  /** Names in order, those too of which the record is damaged. */
  List<String> list(Scope scope) throws IOException;

  /** @throws io.gantry.api.NotFoundException there is none of that name */
  Namespace get(Scope scope, String namespace) throws IOException;

  /**
   * Makes one without records; one whose record is damaged gets a new one, and keeps what is in it.
   *
   * @throws io.gantry.api.AlreadyExistsException it is there
   * @throws io.gantry.api.InvalidException the name is not one of {@link Scope}'s, or a label is wrong
   */
  Namespace create(Scope scope, String namespace, Map<String, String> labels) throws IOException;

  /** Its labels; empty where it is not there. */
  Map<String, String> labels(Scope scope, String namespace) throws IOException;

  /** Merges labels, and makes it where it is not there; an empty value removes. */
  void label(Scope scope, String namespace, Map<String, String> changes) throws IOException;

  /**
   * Replaces what the mask names, by the values in {@code labels}; what has no value or an empty one there goes.
   *
   * @param mask of {@code labels} and {@code labels.KEY}; empty replaces all labels
   * @throws io.gantry.api.NotFoundException there is none of that name
   * @throws io.gantry.api.InvalidException the mask has another path, or a label is wrong
   */
  Namespace update(Scope scope, String namespace, Map<String, String> labels, List<String> mask) throws IOException;

  /**
   * Removes one that has no records. A record that comes at the same time wins: then it stays.
   *
   * @throws io.gantry.api.NotFoundException there is none of that name
   * @throws io.gantry.api.ConflictException it has records; the message lists of what
   */
  void remove(Scope scope, String namespace) throws IOException;
}
