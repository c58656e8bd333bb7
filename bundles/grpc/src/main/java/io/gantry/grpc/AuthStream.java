package io.gantry.grpc;

import com.google.protobuf.Any;
import io.gantry.api.DeniedException;
import io.gantry.api.InvalidException;
import io.gantry.api.UnavailableException;
import io.gantry.api.UnsupportedException;
import io.gantry.service.transfer.Logins;
import io.gantry.spi.resolver.Credential;
import io.gantry.wire.transfertypes.AuthRequest;
import io.gantry.wire.transfertypes.AuthResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Asks the client for what opens a registry, one question at a time. */
final class AuthStream implements Logins {
  private final NamedStream stream;
  private final String reference;
  private final ReentrantLock asking = new ReentrantLock(); // held while the client thinks: its answers do not say to which question

  AuthStream(NamedStream stream, String reference) {
    this.stream = stream;
    this.reference = reference;
  }

  @Override
  public Optional<Credential> credential(String host, String challenge) throws IOException {
    var question = AuthRequest.newBuilder().setHost(host).setReference(reference).addWwwauthenticate(challenge).build();
    try {
      asking.lockInterruptibly();
      try {
        stream.send(Anys.wire(question));
        return answer(host, stream.receive());
      } catch (UnavailableException e) {
        throw nobody(host, e); // asking again would be of no use
      } finally {
        asking.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while the client was asked for credentials of " + host).initCause(e);
    }
  }

  private Optional<Credential> answer(String host, Optional<Any> came) throws IOException {
    Any message = came.orElseThrow(() -> nobody(host, null));
    AuthResponse a = Anys.read(message, AuthResponse.getDefaultInstance()).orElseThrow(() -> new InvalidException("stream '"
        + stream.name() + "': came a '" + Anys.name(message) + "', expected " + AuthResponse.getDescriptor().getFullName()));
    return switch (a.getAuthType()) {
      case NONE -> Optional.empty();
      case CREDENTIALS -> Optional.of(new Credential(a.getUsername(), a.getSecret()));
      case REFRESH -> a.getSecret().isEmpty() ? Optional.empty() : Optional.of(new Credential("", a.getSecret())); // clients send none so
      case HEADER -> throw new UnsupportedException("the client answers with a whole header for " + host
          + "; a user name and secret, or an identity token, can be sent there");
      case UNRECOGNIZED -> throw new InvalidException("the client answers with an authType " + a.getAuthTypeValue() + ", which is none");
    };
  }

  private DeniedException nobody(String host, Exception cause) {
    return new DeniedException(host + " wants credentials for " + reference + ", and the client that was to give them ended stream '"
        + stream.name() + "'", cause);
  }
}
