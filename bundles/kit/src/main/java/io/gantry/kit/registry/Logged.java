package io.gantry.kit.registry;

/**
 * What became of a request.
 *
 * @param request as it came
 * @param status that was answered; 0 where the connection was closed without one
 * @param bytesSent of the body, as many as the socket took
 */
public record Logged(Request request, int status, long bytesSent) {
  @Override
  public String toString() {
    return request + " -> " + status + " (" + bytesSent + " bytes)";
  }
}
