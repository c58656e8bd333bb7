package io.gantry.remote;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gantry.api.Scope;
import io.gantry.service.transfer.Logins;
import io.gantry.spi.resolver.Credential;
import io.gantry.wire.streaming.StreamInit;
import io.gantry.wire.streaming.StreamingGrpc;
import io.gantry.wire.transfertypes.AuthRequest;
import io.gantry.wire.transfertypes.AuthResponse;
import io.gantry.wire.transfertypes.AuthType;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the other manager's questions for credentials, one after the other, as long as a transfer lasts. */
final class RemoteLogins implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteLogins.class);
  private final String stream;
  private final Optional<Dialog<Any, Any>> dialog;

  private RemoteLogins(String stream, Optional<Dialog<Any, Any>> dialog) {
    this.stream = stream;
    this.dialog = dialog;
  }

  /** @param logins who is asked here; empty for nobody, and then the manager has its own */
  static RemoteLogins open(Link link, Scope scope, Optional<Logins> logins) throws IOException {
    if (logins.isEmpty()) return new RemoteLogins("", Optional.empty());
    String id = "auth-" + UUID.randomUUID();
    Dialog<Any, Any> dialog = link.dialog(scope, StreamingGrpc.getStreamMethod());
    try {
      dialog.send(any(StreamInit.newBuilder().setId(id).build()));
      dialog.next(); // it is open
    } catch (IOException | RuntimeException e) {
      dialog.close();
      throw e;
    }
    Thread.ofVirtual().name("remote-logins").start(() -> answer(dialog, logins.get()));
    return new RemoteLogins(id, Optional.of(dialog));
  }

  /** Its name on the wire; empty where nobody is asked. */
  String stream() {
    return stream;
  }

  private static void answer(Dialog<Any, Any> dialog, Logins logins) {
    try {
      for (Optional<Any> next = dialog.next(); next.isPresent(); next = dialog.next()) {
        dialog.send(any(answer(AuthRequest.parseFrom(next.get().getValue()), logins)));
      }
    } catch (InvalidProtocolBufferException e) {
      LOG.warn("a question for credentials cannot be read", e);
    } catch (IOException e) {
      LOG.debug("no more questions for credentials: {}", e.toString());
    } finally {
      dialog.close(); // whoever waits for an answer is told
    }
  }

  private static AuthResponse answer(AuthRequest asked, Logins logins) throws IOException {
    Optional<Credential> found = logins.credential(asked.getHost(), String.join(", ", asked.getWwwauthenticateList()));
    if (found.isEmpty()) return AuthResponse.newBuilder().setAuthType(AuthType.NONE).build();
    AuthType type = found.get().user().isEmpty() ? AuthType.REFRESH : AuthType.CREDENTIALS;
    return AuthResponse.newBuilder().setAuthType(type).setUsername(found.get().user()).setSecret(found.get().secret()).build();
  }

  private static Any any(com.google.protobuf.Message m) {
    return Any.newBuilder().setTypeUrl(m.getDescriptorForType().getFullName()).setValue(m.toByteString()).build();
  }

  @Override
  public void close() {
    dialog.ifPresent(Dialog::close);
  }
}
