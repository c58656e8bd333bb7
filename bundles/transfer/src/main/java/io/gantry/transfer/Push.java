package io.gantry.transfer;

import io.gantry.api.Descriptor;
import io.gantry.api.Scope;
import io.gantry.service.transfer.PushRequest;
import io.gantry.service.transfer.Pushed;
import io.gantry.spi.resolver.Resolved;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** One push: all that is needed is looked for first; blobs beside each other, then documents one after the other, the target last. */
final class Push {
  private final Mover core;
  private final Scope scope;
  private final PushRequest request;
  private final Tracker tracker;
  private final LongAdder sent = new LongAdder();

  Push(Mover core, Scope scope, PushRequest request, Tracker tracker) {
    this.core = core;
    this.scope = scope;
    this.request = request;
    this.tracker = tracker;
  }

  Pushed run() throws IOException {
    String name = request.reference().toString();
    tracker.image(name, "resolving");
    core.leases().hold(scope, "content", request.source().digest().toString());
    Descriptor target = Plan.choose(core.documents(), scope, request.source(), request.platform());
    Plan plan = Plan.of(core.contents(), core.documents(), scope, target, "pushing " + name);
    Resolved to = new Resolved(request.reference(), target);
    if (request.reference().digest().filter(d -> !d.equals(target.digest())).isPresent()) {
      throw new io.gantry.api.InvalidException("pushing " + name + ": the image's digest is " + target.digest() + "; name a tag instead");
    }
    tracker.image(name, "resolved");
    for (Descriptor d : plan.blobs()) tracker.blob(d, "waiting", 0);
    for (Descriptor d : plan.parents()) tracker.blob(d, "waiting", 0);
    blobs(plan, to);
    for (Descriptor d : plan.parents()) new Sending(core, scope, to, d, tracker, sent).run();
    tracker.image(name, "done");
    return new Pushed(request.reference(), target, plan.size(), sent.sum());
  }

  private void blobs(Plan plan, Resolved to) throws IOException {
    Queue<Descriptor> queue = new ConcurrentLinkedQueue<>(plan.blobs());
    int workers = Math.min(queue.size(), core.settings().downloads());
    WorkGroup group = new WorkGroup();
    for (int i = 0; i < workers; i++) {
      group.start("push-" + request.reference().repository() + "-blobs-" + i, true, () -> {
        for (Descriptor d = queue.poll(); d != null; d = queue.poll()) bounded(new Sending(core, scope, to, d, tracker, sent));
      });
    }
    group.join("pushing " + request.reference());
  }

  /** No more at once than the configuration allows, over all pulls and pushes. */
  private void bounded(Sending sending) throws IOException {
    Waiting.within(scope, "to push " + request.reference(), nanos -> core.connections().tryAcquire(nanos, TimeUnit.NANOSECONDS));
    try {
      sending.run();
    } finally {
      core.connections().release();
    }
  }
}
