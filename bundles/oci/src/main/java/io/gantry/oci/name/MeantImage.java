package io.gantry.oci.name;

import io.gantry.api.CorruptException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.service.record.Damaged;
import io.gantry.service.record.Image;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which image a user means, by the rules of {@link io.gantry.service.record.Images#resolve}. */
public final class MeantImage {
  private static final int DIGITS = 4;
  /** Of the shortest digest there is. */
  private static final int WHOLE = 64;
  private static final int TOLD = 5;

  /** An image by its whole name. */
  @FunctionalInterface
  public interface Named {
    Optional<Image> find(String name) throws IOException;
  }

  /** All there are. */
  @FunctionalInterface
  public interface Everything {
    List<Image> list() throws IOException;

    /** Those that cannot be read, and of which the name alone is known. */
    default List<Damaged> damaged() throws IOException {
      return List.of();
    }
  }

  private MeantImage() {}

  /**
   * The image that a text means.
   *
   * @param namespace for the message
   * @throws NotFoundException there is none
   * @throws InvalidException it means several
   * @throws CorruptException it means, or may mean, one that cannot be read
   */
  public static Image by(String text, Named named, Everything everything, String namespace) throws IOException {
    Optional<Image> exact = text.isEmpty() ? Optional.empty() : named.find(text);
    if (exact.isEmpty()) exact = byReference(text, named);
    if (exact.isPresent()) return exact.get();
    List<Image> hits = everything.list().stream().filter(i -> means(text, i)).toList();
    for (Damaged d : everything.damaged()) if (mayMean(text, d.id(), hits.isEmpty())) throw d.why();
    if (hits.isEmpty()) {
      throw new NotFoundException("image '" + text + "' is not in namespace " + namespace
          + "; dist:images lists what is there, dist:pull brings it");
    }
    if (hits.stream().map(i -> i.target().digest()).distinct().count() > 1) {
      throw new InvalidException("'" + text + "' means several images: " + hits.stream().map(Image::name).limit(TOLD)
          .collect(Collectors.joining(", ")) + "; give more of the name or digest");
    }
    return hits.getFirst();
  }

  /** Docker's short forms: {@code redis} and {@code redis:7} are of docker.io/library. */
  private static Optional<Image> byReference(String text, Named named) throws IOException {
    Reference r;
    try {
      r = Reference.parse(text);
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not a reference, perhaps a digest's prefix
    }
    Optional<Image> whole = r.toString().equals(text) ? Optional.empty() : named.find(r.toString());
    if (whole.isPresent() || r.digest().isEmpty()) return whole;
    var tagged = new Reference(r.host(), r.repository(), r.tag().or(() -> Optional.of("latest")), Optional.empty());
    return named.find(tagged.toString()).filter(i -> i.target().digest().equals(r.digest().get()));
  }

  private static boolean means(String text, Image i) {
    String digest = i.target().digest().toString();
    if (digest.equals(text)) return true;
    String hex = hex(text);
    if (hex.length() >= DIGITS && i.target().digest().hex().startsWith(hex)) return true;
    return endsWith(i.name(), text);
  }

  private static String hex(String text) {
    return text.startsWith("sha256:") ? text.substring("sha256:".length()) : text;
  }

  private static boolean endsWith(String name, String text) {
    return name.endsWith("/" + text) || name.endsWith(":" + text);
  }

  /** Of an image whose digest nobody knows. @param alone no other is meant; else a whole digest means that other */
  private static boolean mayMean(String text, String name, boolean alone) {
    String hex = hex(text);
    boolean digits = hex.length() >= DIGITS && hex.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    return endsWith(name, text) || digits && (alone || hex.length() < WHOLE);
  }
}
