package io.gantry.itest;

/** What a command printed, and its exit code. */
record Answer(int code, String out, String err) {
  String both() {
    return "code " + code + "\n" + out + err;
  }
}
