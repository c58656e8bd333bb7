package io.gantry.oci;

import io.gantry.api.Descriptor;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.json.Json;
import io.gantry.oci.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A document that names other bytes: a {@link Manifest} or an {@link Index}.
 *
 * <p>A document that can be read as both is refused: two programs that read the same digest differently would be two images under one
 * signature (GHSA-5j5w-g665-5m35). Keys are compared without case there, since Go's decoder reads them so.
 */
public sealed interface Document permits Manifest, Index {
  String mediaType();

  Map<String, String> annotations();

  /** All that it names, in its order. */
  List<Descriptor> children();

  /** The document in JSON, with all that this class knows; a new document, whose digest is another than that of what was parsed. */
  byte[] bytes();

  /**
   * Reads one.
   *
   * @param declared media type by which it was named (descriptor or Content-Type); empty where nobody said
   * @param what names it in messages
   * @throws InvalidException it is no such document, is ambiguous, or is of another type than declared
   * @throws UnsupportedException Docker's schema 1
   * @throws ExhaustedException it is larger than 4 MiB
   */
  static Document parse(byte[] bytes, String declared, String what) throws InvalidException, UnsupportedException, ExhaustedException {
    JsonObject o = Json.object(bytes, what);
    String own = o.findText("mediaType").orElse("");
    boolean index = hasAnyCase(o, "manifests");
    boolean manifest = hasAnyCase(o, "layers") || hasAnyCase(o, "config");
    boolean schema1 = hasAnyCase(o, "fsLayers") || MediaTypes.isSchema1(own) || o.findNumber("schemaVersion").orElse(2) == 1;
    if (index && (manifest || schema1) || manifest && schema1 && hasAnyCase(o, "fsLayers")) {
      throw new InvalidException(what
          + " has the fields of a manifest and of an index at once; such a document means different images to different"
          + " programs and is refused");
    }
    if (schema1) throw new UnsupportedException(what + " is a Docker schema 1 manifest; push the image again with a current tool");
    if (!own.isEmpty() && !declared.isEmpty() && !own.equals(declared)) {
      throw new InvalidException(what + " says of itself that it is " + own + ", but was declared as " + declared);
    }
    String type = !own.isEmpty() ? own : !declared.isEmpty() ? declared : index ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    if (MediaTypes.isIndex(type) && !manifest) return Index.read(o, type);
    if (MediaTypes.isManifest(type) && !index) return Manifest.read(o, type);
    if (MediaTypes.isIndex(type) || MediaTypes.isManifest(type)) {
      throw new InvalidException(what + " is declared as " + type + " and has the fields of " + (index ? "an index" : "a manifest"));
    }
    throw new InvalidException(what + " is " + type + ", which is neither a manifest nor an index");
  }

  private static boolean hasAnyCase(JsonObject o, String key) {
    for (String k : o.keys()) if (k.toLowerCase(Locale.ROOT).equals(key.toLowerCase(Locale.ROOT)) && o.has(k)) return true;
    return false;
  }
}
