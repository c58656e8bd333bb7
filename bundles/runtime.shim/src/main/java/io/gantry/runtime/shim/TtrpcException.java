package io.gantry.runtime.shim;

import java.io.IOException;

/** An error that a ttrpc server answered with; codes are those of gRPC. */
final class TtrpcException extends IOException {
  static final int UNKNOWN = 2;
  static final int INVALID_ARGUMENT = 3;
  static final int DEADLINE_EXCEEDED = 4;
  static final int NOT_FOUND = 5;
  static final int ALREADY_EXISTS = 6;
  static final int RESOURCE_EXHAUSTED = 8;
  static final int FAILED_PRECONDITION = 9;
  static final int UNIMPLEMENTED = 12;
  static final int UNAVAILABLE = 14;

  private static final long serialVersionUID = 1;
  private final int code;

  TtrpcException(int code, String message) {
    super(message);
    this.code = code;
  }

  int code() {
    return code;
  }
}
