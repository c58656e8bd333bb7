package io.gantry.kit.registry;

import io.gantry.api.Digest;
import java.util.function.Predicate;

/**
 * Which requests a fault is for.
 *
 * @param what they are
 * @param skip so many of them are answered rightly first
 * @param times then so many are not
 */
public record On(Predicate<Request> what, int skip, int times) {
  public static On every() {
    return new On(q -> true, 0, Integer.MAX_VALUE);
  }

  public static On manifests() {
    return every().and(Request::isManifest);
  }

  public static On blobs() {
    return every().and(Request::isBlob);
  }

  public static On blob(Digest digest) {
    return every().and(q -> q.isBlob() && q.object().equals(digest.toString()));
  }

  public static On tokens() {
    return every().and(q -> q.path().equals(BearerAuth.PATH));
  }

  public On method(String method) {
    return and(q -> q.method().equals(method));
  }

  public On and(Predicate<Request> more) {
    return new On(what.and(more), skip, times);
  }

  public On times(int n) {
    return new On(what, skip, n);
  }

  public On once() {
    return times(1);
  }

  public On after(int n) {
    return new On(what, n, times);
  }
}
