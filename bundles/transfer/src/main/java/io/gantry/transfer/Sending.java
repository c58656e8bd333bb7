package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Scope;
import io.gantry.oci.image.Documents;
import io.gantry.service.content.Reader;
import io.gantry.service.driver.Loan;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Pusher;
import io.gantry.spi.resolver.Resolved;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Brings one blob or document to a registry: looked for, mounted, or sent. After a break, and on the successor of a driver that is
 * replaced, it begins with the look again, and the body is opened again in the store.
 */
final class Sending {
  private final Mover core;
  private final Scope scope;
  private final Resolved target;
  private final Descriptor blob;
  private final Tracker tracker;
  private final LongAdder sent;
  private final Access access;
  private volatile long furthest;

  /** @param sent counts what is read from bodies */
  Sending(Mover core, Scope scope, Resolved target, Descriptor blob, Tracker tracker, LongAdder sent) {
    this.core = core;
    this.scope = scope;
    this.target = target;
    this.blob = blob;
    this.tracker = tracker;
    this.sent = sent;
    this.access = core.registries().access(scope);
  }

  void run() throws IOException {
    Retries retries = Retries.first(core.registries(), scope.deadline());
    List<String> sources = Documents.names(blob) ? List.of() : Sources.others(core.contents().info(scope, blob.digest()),
        target.reference());
    while (true) {
      long before = furthest;
      try {
        String how = core.registries().drivers().yielding(Pusher.class, core.registries().resolver(target.reference()), scope,
            (b, loan) -> send(b.driver(), loan, sources));
        tracker.blob(blob, how, how.equals("exists") ? 0 : blob.size());
        return;
      } catch (IOException e) {
        if (furthest > before) retries.progress();
        retries.pause(e);
      }
    }
  }

  /** @return the status it ends with */
  private String send(Pusher driver, Loan loan, List<String> sources) throws IOException {
    if (driver.exists(target, blob, access)) return "exists";
    for (String from : sources) if (driver.mount(target, blob, from, access)) return "mounted";
    tracker.blob(blob, "uploading", 0);
    try (Reader reader = core.contents().reader(scope, blob.digest()); InputStream body = new Counted(reader.stream(0), loan)) {
      driver.put(target, blob, body, access);
    }
    return "done";
  }

  /** Tells how far it came, and ends where its driver is wanted back. */
  private final class Counted extends FilterInputStream {
    private final Loan loan;
    private long at;

    Counted(InputStream in, Loan loan) {
      super(in);
      this.loan = loan;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (loan.cut()) throw new IOException("pushing " + blob.digest() + ": the driver is replaced after " + at + " bytes");
      int n = super.read(into, offset, length);
      if (n <= 0) return n;
      at += n;
      furthest = Math.max(furthest, at);
      sent.add(n);
      tracker.blob(blob, "uploading", at);
      return n;
    }
  }
}
