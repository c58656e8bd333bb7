package io.gantry.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The name of bytes: an algorithm and the hash they have under it, as {@code sha256:<64 hex digits>}.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex the hash in lower-case hexadecimal digits, exactly as many as the algorithm gives
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]+");

  public Digest {
    int digits = switch (algorithm) {
      case "sha256" -> 64;
      case "sha512" -> 128;
      default -> throw new IllegalArgumentException("digest algorithm is '" + cut(algorithm) + "', expected sha256 or sha512");
    };
    if (hex.length() != digits || !HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException("digest '" + cut(algorithm + ":" + hex) + "' is not " + digits + " lower-case hexadecimal digits");
    }
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException the text is not {@code algorithm:hex} of a known algorithm
   */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("digest '" + cut(text) + "' has no ':', expected e.g. sha256:<64 hexadecimal digits>");
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** A digest of SHA-256 from the 32 bytes a {@link MessageDigest} gives. */
  public static Digest sha256(byte[] hash) {
    return new Digest("sha256", java.util.HexFormat.of().formatHex(hash));
  }

  /**
   * Chain ids from diff ids, from the bottom up, as the OCI image specification has them: what names a layer together with those below.
   *
   * @param diffIds digests of the layers' bare tars
   */
  public static List<Digest> chain(List<Digest> diffIds) {
    List<Digest> chain = new ArrayList<>();
    for (Digest d : diffIds) chain.add(chain.isEmpty() ? d : of(chain.getLast() + " " + d));
    return List.copyOf(chain);
  }

  private static Digest of(String text) {
    try {
      return sha256(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  /** The name {@link MessageDigest#getInstance} knows the algorithm by. */
  public String jca() {
    return "SHA-" + algorithm.substring(3).toUpperCase(Locale.ROOT);
  }

  /** The first twelve digits, as people read them. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Digest other) {
    return algorithm.equals(other.algorithm) ? hex.compareTo(other.hex) : toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }

  private static String cut(String s) {
    return s.length() <= 80 ? s : s.substring(0, 80) + "…";
  }
}
