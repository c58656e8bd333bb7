package io.gantry.service.record;

import io.gantry.api.Descriptor;
import io.gantry.api.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.osgi.annotation.versioning.ProviderType;

/** The names of images in a namespace. Changes are events {@code /images/create|update|delete}. */
@ProviderType
public interface Images {
  /** Makes or moves a name; labels given are merged into those there. One that is damaged is made anew. */
  Image put(Scope scope, String name, Descriptor target, Map<String, String> labels) throws IOException;

  /**
   * Makes one.
   *
   * @throws io.gantry.api.AlreadyExistsException the name is there
   * @throws io.gantry.api.InvalidException the target has no size, or an annotation with a key of more than 4096 bytes
   */
  Image create(Scope scope, String name, Descriptor target, Map<String, String> labels) throws IOException;

  /** @throws io.gantry.api.NotFoundException no such name */
  Image get(Scope scope, String name) throws IOException;

  /**
   * What a user means: name, tag alone where unique, {@code name@digest}, digest, or its unique prefix.
   *
   * @throws io.gantry.api.CorruptException what is meant is damaged, or may be
   */
  Image resolve(Scope scope, String text) throws IOException;

  /**
   * Replaces what the mask names, by what {@code image} has; its times and revision do not matter. One that is damaged is made anew where
   * the mask has its target.
   *
   * @param mask of {@code labels}, {@code labels.KEY} (no or an empty value removes), {@code target}, {@code annotations} and {@code
   *     annotations.KEY} (those of the target); empty replaces labels and target
   * @throws io.gantry.api.NotFoundException no such name
   * @throws io.gantry.api.InvalidException the mask has another path, or a label is wrong; or as {@link #create}
   */
  Image update(Scope scope, Image image, List<String> mask) throws IOException;

  Optional<Image> find(Scope scope, String name) throws IOException;

  /** What {@link #get} would give, where that is known without waiting ({@link Table#recent}); empty where only {@link #get} can tell. */
  Optional<Image> recent(Scope scope, String name);

  /** A page in order of name; empty behind the last. */
  List<Image> list(Scope scope, String after, int max) throws IOException;

  /** Those that {@link #list} leaves out, since they cannot be read; none of another manager, whose log tells. */
  default List<Damaged> damaged(Scope scope) throws IOException {
    return List.of();
  }

  Image label(Scope scope, String name, Map<String, String> changes) throws IOException;

  /** Also one that is damaged, by its whole name. @throws io.gantry.api.NotFoundException no such name */
  void remove(Scope scope, String name) throws IOException;

  /**
   * Takes a name away for the garbage collection, if {@code guard} says so while nobody changes any record.
   *
   * @param image as it was seen: one that was changed since stays
   * @param guard calls nobody ({@link Table#decide})
   * @return whether it went
   */
  boolean collect(Scope scope, Image image, BooleanSupplier guard) throws IOException;
}
