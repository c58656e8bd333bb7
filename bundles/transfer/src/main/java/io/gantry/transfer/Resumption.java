package io.gantry.transfer;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.CorruptException;
import io.gantry.api.Digest;
import io.gantry.api.ExhaustedException;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.oci.MediaTypes;
import io.gantry.service.content.Contents;
import io.gantry.service.content.WriterSpec;
import io.gantry.service.record.Lease;
import io.gantry.service.record.Lease.Resource;
import io.gantry.service.record.Leases;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * What a pull or fetch has got when it fails stays for a time, so that the next one of that reference goes on from it: by one lease, whose
 * label names the reference. It takes the place of those of failures before, with all that they held, and goes when one succeeds. Leases of
 * callers are never touched.
 *
 * <p>The lease of the try itself says the same, and which start of the manager it is of: one of an earlier start is that of a try that was
 * killed, and counts as failed.
 */
record Resumption(Contents contents, Leases leases, Reference reference, Duration grace, String boot) {
  /** Label of such a lease: what was to be fetched. */
  static final String REF = "io.gantry/resume.ref";

  private static final String BOOT = "io.gantry/boot";

  /** Of the lease of the try. */
  Map<String, String> labels() {
    return Map.of(REF, reference.toString(), BOOT, boot);
  }

  /** The new try holds what those before have got, which may end in its midst. */
  void begin(Scope scope, Lease lease) throws IOException {
    for (Lease l : before(scope)) for (Resource r : got(scope, l)) leases.add(scope, lease.id(), r);
  }

  /** Before the lease of the try goes; may be done again where it did not come to its end. */
  void failed(Scope last, Lease lease, Throwable why) throws IOException {
    if (!(why instanceof IOException)) return; // a bug of ours says nothing about what is here
    List<Lease> before = before(last);
    if (isWorthwhile(why)) keep(last, lease, before);
    for (Lease l : before) remove(last, l);
  }

  /** The image holds all that is needed. */
  void succeeded(Scope last) throws IOException {
    for (Lease l : before(last)) remove(last, l);
  }

  /** Where the next try would fail for the same reason, nothing is kept: a disk that is full most of all. */
  private boolean isWorthwhile(Throwable why) {
    boolean same = why instanceof ExhaustedException || why instanceof InvalidException || why instanceof UnsupportedException;
    return grace.isPositive() && !same;
  }

  private List<Lease> before(Scope last) throws IOException {
    return leases.list(last).stream().filter(l -> reference.toString().equals(l.labels().get(REF)) && !boot.equals(l.labels().get(BOOT)))
        .toList();
  }

  /** A lease's end cannot be changed, so another one holds the same. */
  private void keep(Scope last, Lease lease, List<Lease> before) throws IOException {
    Set<Resource> got = new LinkedHashSet<>(got(last, lease));
    for (Lease l : before) got.addAll(got(last, l));
    if (got.stream().allMatch(r -> r.kind().startsWith("snapshots/"))) return; // only of an image whose documents are there
    String end = Instant.now().plus(grace).truncatedTo(ChronoUnit.SECONDS).toString();
    Lease next = leases.create(last, "resume-" + UUID.randomUUID(), Map.of(Lease.EXPIRE, end, REF, reference.toString()));
    for (Resource r : got) leases.add(last, next.id(), r);
  }

  /** What a lease holds that is there: much was held before it was looked for. */
  private List<Resource> got(Scope last, Lease lease) throws IOException {
    List<Resource> all = new ArrayList<>();
    try {
      for (Resource r : leases.resources(last, lease.id())) {
        if (isThere(last, r)) all.add(r);
        else if (r.kind().equals("ingests")) blob(last.withLease(lease.id()), r.id()).ifPresent(all::add);
      }
    } catch (NotFoundException e) {
      return List.of(); // somebody removed it meanwhile
    }
    return all;
  }

  /**
   * What a write has become whose record could not be written, as while the records were away. Whoever opens a write of bytes that are in
   * the store is told so, and they are recorded and held.
   *
   * @param ref as {@link MediaTypes#ref} names it; another one is somebody else's, who put it into that lease
   */
  private Optional<Resource> blob(Scope held, String ref) throws IOException {
    Digest digest;
    try {
      digest = Digest.parse(ref.substring(ref.indexOf('-') + 1));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    try {
      contents.writer(held, new WriterSpec(ref, Optional.of(digest), OptionalLong.empty(), Map.of())).close();
      contents.abort(held, ref);
      return Optional.empty();
    } catch (AlreadyExistsException e) {
      return Optional.of(new Resource("content", digest.toString()));
    } catch (UnavailableException | ConflictException | NotFoundException e) {
      return Optional.empty(); // somebody writes it at this moment, or threw it away; what else the lease holds is kept all the same
    }
  }

  private boolean isThere(Scope last, Resource r) throws IOException {
    try {
      return switch (r.kind()) {
        case "content" -> contents.find(last, Digest.parse(r.id())).isPresent();
        case "ingests" -> contents.status(last, r.id()).isPresent();
        default -> true;
      };
    } catch (CorruptException e) {
      return true; // the next try tells of it
    }
  }

  private void remove(Scope last, Lease lease) throws IOException {
    try {
      leases.remove(last, lease.id());
    } catch (NotFoundException e) {
      return; // by another one's end
    }
  }
}
