package io.gantry.remote;

import com.google.protobuf.Empty;
import io.gantry.api.Scope;
import io.gantry.oci.driver.DefaultDriver;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Contents;
import io.gantry.service.event.Events;
import io.gantry.service.record.Containers;
import io.gantry.service.record.Images;
import io.gantry.service.record.Leases;
import io.gantry.service.record.Namespaces;
import io.gantry.service.snapshot.Snapshots;
import io.gantry.service.task.TaskProcesses;
import io.gantry.service.task.Tasks;
import io.gantry.service.transfer.Transfers;
import io.gantry.service.unpack.Unpacker;
import io.gantry.wire.version.VersionGrpc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Another manager, as the same services that one has at home: a Gantry, or a containerd from 1.6 on. Any number of threads. A scope's
 * namespace, lease and deadline go with each call; an interruption of the calling thread ends it. A connection that is lost is made again
 * by the next call; until then calls are {@link io.gantry.api.UnavailableException}.
 *
 * <p>What the API of containerd has no call for is {@link io.gantry.api.UnsupportedException}, and so is what the manager itself says it
 * cannot do. Records have the revision 0, since the API has none.
 *
 * <pre>{@code
 * try (var manager = RemoteManager.connect(Address.parse("unix:///run/gantry/gantry.sock"))) {
 *   for (Image i : manager.images().list(Scope.root(), "", 100)) …
 * }
 * }</pre>
 */
public final class RemoteManager implements AutoCloseable {
  /**
   * What answers.
   *
   * @param version as it calls itself
   * @param revision of its source; empty where it tells none
   */
  public record Version(String version, String revision) {}

  private final Address address;
  private final Link link;
  private final Contents contents;
  private final Images images;
  private final Snapshots snapshots;
  private final Leases leases;
  private final Containers containers;
  private final Namespaces namespaces;
  private final RemoteEvents events;
  private final Unpacker unpacker;
  private final RemoteTaskProcesses processes;
  private final Tasks tasks;
  private final Transfers transfers;

  private RemoteManager(Address address, Link link, Path folder) {
    this.address = address;
    this.link = link;
    this.contents = new RemoteContents(link);
    this.images = new RemoteImages(link);
    this.snapshots = new RemoteSnapshots(link, new Plugins(link));
    this.leases = new RemoteLeases(link);
    this.containers = new RemoteContainers(link);
    this.namespaces = new RemoteNamespaces(link);
    this.events = new RemoteEvents(link);
    this.unpacker = new RemoteUnpacker(link, snapshots);
    this.processes = new RemoteTaskProcesses(link);
    var documents = new Documents(contents);
    this.tasks = new RemoteTasks(new RemoteParts(address.socket().isPresent(), folder, contents, documents, images, leases, snapshots,
        containers, namespaces, unpacker, processes));
    this.transfers = new RemoteTransfers(link, images, documents, DefaultDriver.snapshotter(namespaces, unpacker, ""));
  }

  /**
   * Makes ready to call a manager; the connection itself is made by the first call, such as {@link #version}.
   *
   * @throws IOException a file of {@link TlsFiles} is missing or wrong
   */
  public static RemoteManager connect(Address address) throws IOException {
    return connect(address, Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * The same, with a place for the named pipes of processes that somebody is attached to.
   *
   * @param folder where others may not remove what is ours; the folder for temporary files is one
   */
  public static RemoteManager connect(Address address, Path folder) throws IOException {
    return connect(address, folder, new Patience());
  }

  static RemoteManager connect(Address address, Path folder, Patience patience) throws IOException {
    return new RemoteManager(address, new Link(address, patience), folder);
  }

  Link link() {
    return link;
  }

  public Address address() {
    return address;
  }

  /** @throws io.gantry.api.UnavailableException nobody answers */
  public Version version(Scope scope) throws IOException {
    var v = link.call(scope, VersionGrpc.getVersionMethod(), Empty.getDefaultInstance());
    return new Version(v.getVersion(), v.getRevision());
  }

  public Contents contents() {
    return contents;
  }

  public Images images() {
    return images;
  }

  /** Their mounts are for the other manager's host. */
  public Snapshots snapshots() {
    return snapshots;
  }

  public Leases leases() {
    return leases;
  }

  public Containers containers() {
    return containers;
  }

  public Namespaces namespaces() {
    return namespaces;
  }

  /** One feed for all who ask here. It begins with the first question, and ends when this is closed. */
  public Events events() {
    return events;
  }

  /** Layers are unpacked there, one after the other. */
  public Unpacker unpacker() {
    return unpacker;
  }

  /**
   * Containers, made as containerd's own clients make them. A caller is attached to a process by named pipes, so only on that manager's
   * host and by its Unix socket; what is logged, as a Gantry does where nobody is attached, is read from anywhere.
   */
  public Tasks tasks() {
    return tasks;
  }

  /** Streams are paths and URIs of that manager's host. */
  public TaskProcesses processes() {
    return processes;
  }

  /** That manager moves images by itself, with its own credentials; one before containerd 1.7 cannot be told to. */
  public Transfers transfers() {
    return transfers;
  }

  /** All of them, by what they are registered as in a framework. */
  Map<Class<?>, Object> services() {
    Map<Class<?>, Object> all = new LinkedHashMap<>();
    all.put(Contents.class, contents);
    all.put(Images.class, images);
    all.put(Snapshots.class, snapshots);
    all.put(Leases.class, leases);
    all.put(Containers.class, containers);
    all.put(Namespaces.class, namespaces);
    all.put(Events.class, events);
    all.put(Unpacker.class, unpacker);
    all.put(Tasks.class, tasks);
    all.put(TaskProcesses.class, processes);
    all.put(Transfers.class, transfers);
    return all;
  }

  /** Ends the calls that run or are tried again, and gives threads and connection free. */
  @Override
  public void close() {
    events.close();
    link.close();
  }
}
