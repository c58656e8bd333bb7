package io.gantry.service.shell;

import io.gantry.api.Scope;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Completes command lines. */
@ProviderType
public interface Completions {
  /** What a word may become, and what it is, in words. */
  record Candidate(String value, String description) {}

  /** @param words of the line so far; the last one, perhaps empty, is to be completed. Never fails: without an answer it is empty */
  List<Candidate> complete(Scope scope, List<String> words);
}
