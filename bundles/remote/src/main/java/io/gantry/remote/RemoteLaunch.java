package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.ConflictException;
import io.gantry.api.GantryException;
import io.gantry.api.InvalidException;
import io.gantry.api.Mount;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.api.UnavailableException;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.MediaTypes;
import io.gantry.oci.cleanup.CleanUp;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.oci.spec.Accounts;
import io.gantry.oci.spec.RunSpec;
import io.gantry.oci.spec.User;
import io.gantry.service.record.Container;
import io.gantry.service.record.Lease;
import io.gantry.service.task.ProcessRef;
import io.gantry.service.task.RunRequest;
import io.gantry.service.task.TaskRequest;
import io.gantry.service.transfer.ImageTree.Resolved;
import io.gantry.service.unpack.UnpackRequest;
import io.gantry.spi.runtime.Stdio;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way of a run, in one direction; what fails takes all before it back. A lease holds what is made until the record does. */
final class RemoteLaunch {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteLaunch.class);
  private static final String RUNTIME = "io.containerd.runc.v2";
  private static final String SNAPSHOTTER = "overlayfs";
  private static final int SIGKILL = 9;
  /** What a client that died leaves held. */
  private static final Duration LEASE = Duration.ofHours(24);

  /** A step, forth or back. */
  @FunctionalInterface
  private interface Step {
    void go() throws IOException;
  }

  /** What is done with a container that has its record and its tree. */
  @FunctionalInterface
  interface Way<R> {
    R go(RemoteLaunch launch) throws IOException;
  }

  private final RemoteParts parts;
  private final Scope after;
  private final RunRequest request;
  private final Chosen chosen;
  private final Deque<Step> undo = new ArrayDeque<>();
  private List<Mount> rootfs = List.of();

  private RemoteLaunch(RemoteParts parts, Scope after, RunRequest request, Chosen chosen) {
    this.parts = parts;
    this.after = after;
    this.request = request;
    this.chosen = chosen;
  }

  /** Which drivers it is. */
  private record Chosen(String snapshotter, String runtime) {
    /** Whether there is the runtime is seen when it is asked to do something, since containerd lists none. */
    static Chosen of(RemoteParts parts, Scope scope, RunRequest request) throws IOException {
      var snapshotters = DefaultDriver.snapshotter(parts.namespaces(), parts.unpacker(), SNAPSHOTTER);
      var runtimes = new DefaultDriver(parts.namespaces(), DefaultDriver.RUNTIME, RUNTIME, (any, name) -> { });
      return new Chosen(snapshotters.of(scope, request.snapshotter()), runtimes.of(scope, request.runtime()));
    }
  }

  /** Makes a container, and goes on with it. */
  static <R> R run(RemoteParts parts, Scope scope, RunRequest request, Way<R> way) throws IOException {
    RemoteTasks.requireId(scope, request.id());
    for (Mount m : request.mounts()) requireAbsolute(request.id(), m);
    if (parts.containers().find(scope, request.id()).isPresent()) throw RemoteTasks.exists(scope, request.id(), null);
    Chosen chosen = Chosen.of(parts, scope, request);
    String expire = Instant.now().plus(LEASE).truncatedTo(ChronoUnit.SECONDS).toString();
    Lease lease = parts.leases().create(scope, "", Map.of("containerd.io/gc.expire", expire));
    var launch = new RemoteLaunch(parts, scope.lasting().withLease(lease.id()), request, chosen);
    launch.undo.push(() -> parts.leases().remove(scope.lasting(), lease.id()));
    R made;
    try {
      launch.make(scope.withLease(lease.id()));
      made = way.go(launch);
    } catch (IOException | RuntimeException e) {
      launch.back(e);
      throw e;
    }
    letGo(parts, scope, request.id(), lease.id());
    return made;
  }

  /** A container that is made is not taken back for a lease, which holds what it needs anyway, and expires. */
  private static void letGo(RemoteParts parts, Scope scope, String container, String lease) {
    try {
      parts.leases().remove(scope.lasting(), lease);
    } catch (NotFoundException gone) {
      return; // that is what was wanted
    } catch (IOException | RuntimeException e) {
      LOG.warn("container {}/{} is made, and its lease {} stays until it expires", scope.namespace(), container, lease, e);
    }
  }

  /** Whether something is there is for its runtime to tell, whose host it is. */
  private static void requireAbsolute(String container, Mount m) throws InvalidException {
    boolean bind = m.type().equals("bind") || m.options().contains("bind") || m.options().contains("rbind");
    if (!bind || m.source().startsWith("/")) return;
    throw new InvalidException("container '" + container + "': the source '" + m.source() + "' of its mount at " + m.target()
        + " is not an absolute path of the manager's host");
  }

  /** All up to the record: nothing runs yet. What may take its time can be left at any moment. */
  private void make(Scope scope) throws IOException {
    var image = parts.images().resolve(scope, request.image());
    Resolved resolved = parts.documents().resolve(scope, image.target(), Optional.empty());
    RunSpec spec = RunSpec.of(request, ImageConfig.parse(resolved.config(), "config of " + image.name()), image.name());
    List<String> refs = resolved.layers().stream().map(d -> MediaTypes.ref(d.mediaType(), d.digest())).toList();
    var top = parts.unpacker().unpack(scope, new UnpackRequest(chosen.snapshotter(), resolved.layers(), resolved.diffIds(), refs),
        p -> { });
    User user = Accounts.needed(spec.user()) ? ImageAccounts.of(scope, parts.contents(), resolved.layers()).find(spec.user())
        : Accounts.numeric(spec.user());
    var document = spec.document(user, "/" + scope.namespace() + "/" + request.id());
    requireFree();
    step(() -> parts.snapshots().prepare(after, chosen.snapshotter(), request.id(), Optional.of(top.toString()), Map.of()),
        () -> parts.snapshots().remove(after, chosen.snapshotter(), request.id()));
    rootfs = parts.snapshots().mounts(after, chosen.snapshotter(), request.id());
    step(() -> parts.containers().create(after, new Container(request.id(), image.name(), chosen.runtime(), Optional.empty(), document,
        chosen.snapshotter(), request.id(), Map.of(), spec.labels(), Instant.EPOCH, Instant.EPOCH, 0)),
        () -> parts.containers().remove(after, request.id()));
  }

  /** What another has under this id by now is not taken back where the calls that follow fail. */
  private void requireFree() throws IOException {
    if (parts.containers().find(after, request.id()).isPresent()) throw RemoteTasks.exists(after, request.id(), null);
    if (parts.snapshots().find(after, chosen.snapshotter(), request.id()).isPresent()) {
      throw RemoteTasks.exists(after, request.id(), null);
    }
  }

  /** Creates and starts the process. */
  void start(Stdio stdio) throws IOException {
    try {
      step(() -> parts.processes().create(after, new TaskRequest(request.id(), rootfs, stdio, Optional.empty())), this::killAndDelete);
    } catch (UnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw byLabel(e);
    }
    parts.processes().start(after, ProcessRef.first(request.id()));
  }

  /**
   * What is made by a call, and its way back. A call of which nobody tells what became of it, as one that was interrupted, may have been
   * done, or will be yet; what is there after one that was refused is another's.
   */
  private void step(Step forth, Step back) throws IOException {
    undo.push(back);
    try {
      forth.go();
    } catch (AlreadyExistsException e) {
      undo.pop();
      throw RemoteTasks.exists(after, request.id(), e);
    } catch (GantryException e) {
      if (!(e instanceof UnavailableException)) undo.pop();
      throw e;
    }
  }

  /** Where nobody but the namespace named the runtime, and that is what the other manager complains of, it says so. */
  private IOException byLabel(IOException e) {
    String runtime = chosen.runtime();
    boolean labelled = request.runtime().isEmpty() && !runtime.equals(RUNTIME);
    if (!labelled || e.getMessage() == null || !e.getMessage().contains(runtime)) return e;
    return new InvalidException("the label " + DefaultDriver.RUNTIME + " of namespace \"" + after.namespace() + "\" says '" + runtime
        + "': " + e.getMessage() + "; mend it by namespace:label, or name a runtime by an option", e);
  }

  private void killAndDelete() throws IOException {
    ProcessRef first = ProcessRef.first(request.id());
    try {
      parts.processes().killAll(after, request.id(), SIGKILL);
      parts.processes().await(after, first);
    } catch (NotFoundException | ConflictException e) {
      if (parts.processes().find(after, first).isEmpty()) return; // it was never made
    }
    parts.processes().delete(after, first);
  }

  /** Takes all back, the last first; what fails at that is added to the reason. */
  private void back(Exception why) {
    CleanUp.after(why, after, last -> {
      for (Step s : undo) {
        try {
          s.go();
        } catch (NotFoundException gone) {
          continue; // that is what was wanted
        } catch (IOException | RuntimeException e) {
          why.addSuppressed(e);
        }
      }
    });
  }
}
