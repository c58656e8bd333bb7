package io.gantry.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Empty;
import io.gantry.api.Scope;
import io.gantry.oci.filter.Filter;
import io.gantry.service.event.Event;
import io.gantry.service.event.Events;
import io.gantry.wire.events.EventsGrpc;
import io.gantry.wire.events.ForwardRequest;
import io.gantry.wire.events.PublishRequest;
import io.gantry.wire.events.SubscribeRequest;
import io.gantry.wire.types.Envelope;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The feed. A subscriber that does not read costs a cursor and some dozen events; what it misses is told, never passed over. */
final class EventsApi extends EventsGrpc.EventsImplBase {
  private static final int PAGE = 100;
  private static final Duration WAIT = Duration.ofMinutes(1);
  /** Of events that wait to be sent. With each of them the transport keeps some 300 bytes, four times as much as its own. */
  private static final int WAITING_BYTES = 4 << 10;
  private final Events events;

  EventsApi(Events events) {
    this.events = events;
  }

  @Override
  public void publish(PublishRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      events.publish(Calls.scope(), request.getTopic(), Anys.of(request.getEvent()));
      return Empty.getDefaultInstance();
    });
  }

  /** As {@link #publish}, in the namespace that the envelope names; its time is ours. */
  @Override
  public void forward(ForwardRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Envelope envelope = request.getEnvelope();
      Scope scope = Calls.anywhere().withNamespace(envelope.getNamespace());
      events.publish(scope, envelope.getTopic(), Anys.of(envelope.getEvent()));
      return Empty.getDefaultInstance();
    });
  }

  /** Events from now on, of every namespace. */
  @Override
  public void subscribe(SubscribeRequest request, StreamObserver<Envelope> out) {
    Scope scope;
    try {
      scope = Calls.anywhere();
    } catch (StatusRuntimeException e) { // a namespace that is none
      out.onError(e);
      return;
    }
    long from = events.sequence(scope); // before the call is answered, so that nothing is missed
    Outflow.start(out, WAITING_BYTES, "api-events", to -> follow(scope, Filter.parse(request.getFiltersList()), from, to));
  }

  private void follow(Scope scope, Filter filter, long from, Outflow<Envelope> to) throws IOException, InterruptedException {
    long seen = from;
    while (true) {
      for (Event e : events.after(scope, seen, PAGE, WAIT)) {
        if (e.sequence() > seen + 1) {
          throw Statuses.error(Status.DATA_LOSS, "data loss", (e.sequence() - seen - 1)
              + " events are gone, which this subscriber was too slow to read; subscribe again");
        }
        seen = e.sequence();
        Envelope envelope = envelope(e);
        if (filter.matches(path -> field(envelope, path))) to.send(envelope);
      }
    }
  }

  private static Envelope envelope(Event e) throws IOException {
    Any event = switch (e.form()) {
      case JSON -> EventMessages.wire(e.event().typeUrl(), e.event().value());
      case OPAQUE -> Anys.wire(e.event());
    };
    return Envelope.newBuilder().setTimestamp(Times.of(e.at())).setNamespace(e.namespace()).setTopic(e.topic()).setEvent(event).build();
  }

  private static Optional<String> field(Envelope e, List<String> path) {
    return switch (path.getFirst()) {
      case "namespace" -> Optional.of(e.getNamespace());
      case "topic" -> Optional.of(e.getTopic());
      case "event" -> path.size() < 2 ? Optional.empty() : EventMessages.field(e.getEvent(), path.subList(1, path.size()));
      default -> Optional.empty();
    };
  }
}
