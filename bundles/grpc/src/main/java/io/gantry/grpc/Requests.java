package io.gantry.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests of one method as they are read. What is no message ends its call with Internal, as grpc-go ends it: the transport by itself
 * would say Unknown, and tell its log of a failure.
 *
 * @param <Q> what is read
 */
final class Requests<Q> implements Marshaller<Q> {
  private final PrototypeMarshaller<Q> messages;
  private final String method;

  private Requests(PrototypeMarshaller<Q> messages, String method) {
    this.messages = messages;
    this.method = method;
  }

  /** The same service, which is described to clients as before. */
  static ServerServiceDefinition of(ServerServiceDefinition service) {
    ServiceDescriptor was = service.getServiceDescriptor();
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> m : service.getMethods()) methods.add(of(m));
    var described = ServiceDescriptor.newBuilder(was.getName()).setSchemaDescriptor(was.getSchemaDescriptor());
    methods.forEach(m -> described.addMethod(m.getMethodDescriptor()));
    var all = ServerServiceDefinition.builder(described.build());
    methods.forEach(all::addMethod);
    return all.build();
  }

  private static <Q, A> ServerMethodDefinition<Q, A> of(ServerMethodDefinition<Q, A> method) {
    MethodDescriptor<Q, A> was = method.getMethodDescriptor();
    var messages = (PrototypeMarshaller<Q>) was.getRequestMarshaller(); // what is generated has no other
    var requests = new Requests<>(messages, was.getFullMethodName());
    return ServerMethodDefinition.create(was.toBuilder(requests, was.getResponseMarshaller()).build(), method.getServerCallHandler());
  }

  @Override
  public InputStream stream(Q request) {
    return messages.stream(request);
  }

  /** @return one that nobody is told of where the bytes are none, since its call has ended then */
  @Override
  public Q parse(InputStream bytes) {
    try {
      return messages.parse(bytes);
    } catch (StatusRuntimeException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      InflowBudget.refuse(Statuses.error(Status.INTERNAL, "", "the request of " + method + " is no "
          + messages.getMessageClass().getSimpleName() + ", and nothing was done with it: " + why.getMessage()).getStatus());
      return messages.getMessagePrototype();
    }
  }
}
