package io.gantry.kit.rules;

import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Reference;
import io.gantry.api.UnavailableException;
import io.gantry.kit.junit.Rules;
import io.gantry.spi.resolver.Access;
import io.gantry.spi.resolver.Body;
import io.gantry.spi.resolver.Credential;
import io.gantry.spi.resolver.Resolved;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.URLConnection;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ResolverRulesTest {
  @TestFactory
  Stream<DynamicTest> plainResolverKeepsTheRules() {
    return Rules.of(new ResolverContract(), root -> new PlainResolver());
  }

  @TestFactory
  Stream<DynamicTest> wrongResolversAreFoundOut() {
    return new Wrongs<>(new ResolverContract())
        .add("R-1", root -> new Remembers())
        .add("R-1", root -> new PlainResolver() {
          @Override
          public Resolved resolve(Reference r, Access access) throws IOException { // takes the tag where there is one
            if (r.tag().isEmpty()) return super.resolve(r, access);
            Resolved found = super.resolve(new Reference(r.host(), r.repository(), r.tag(), Optional.empty()), access);
            return new Resolved(r, found.target());
          }
        })
        .add("R-2", root -> new PlainResolver() {
          @Override
          public Body open(Resolved r, Descriptor d, long offset, Access access) throws IOException { // believes it got its range
            return new Body(super.open(r, d, offset, access).stream(), offset, "here");
          }
        })
        .add("R-2", root -> new Ends(true))
        .add("R-2", root -> new Ends(false))
        .add("R-3", root -> new PlainResolver() {
          @Override
          String passedOn(String authorization) {
            return authorization;
          }
        })
        .add("R-3", root -> new PlainResolver() {
          @Override
          boolean mayBePlain(String host) {
            return true;
          }
        })
        .add("R-3", root -> new OneForAll())
        .add("R-3", root -> new AsksElsewhere())
        .add("R-4", root -> new PlainResolver() {
          @Override
          IOException refusal(String message, HttpResponse<?> answer) {
            return new IOException(message);
          }
        })
        .add("R-4", root -> new PlainResolver() {
          @Override
          IOException refusal(String message, HttpResponse<?> answer) { // forgets the wait
            return super.refusal(message, answer) instanceof UnavailableException ? new UnavailableException(message)
                : super.refusal(message, answer);
          }
        })
        .add("R-4", root -> new PlainResolver() {
          @Override
          IOException refusal(String message, HttpResponse<?> answer) { // knows the usual ones
            return answer.statusCode() > 504 ? new InvalidException(message) : super.refusal(message, answer);
          }
        })
        .add("R-4", root -> new PlainResolver() {
          @Override
          IOException refusal(String message, HttpResponse<?> answer) {
            return answer.statusCode() == 404 ? new NotFoundException("there is no such image") : super.refusal(message, answer);
          }
        })
        .add("R-4", root -> new PlainResolver() {
          @Override
          InputStream named(InputStream in, String host) {
            return in;
          }
        })
        .add("R-4", root -> new PlainResolver() {
          @Override
          boolean wrong(String doing, URI image, String authorization) {
            return false;
          }
        })
        .add("R-4", root -> new PlainResolver() {
          @Override
          boolean wrong(String doing, URI image, String authorization) {
            return true;
          }
        })
        .add("R-5", root -> new PlainResolver() {
          @Override
          public void close() {
            KEPT.add(this); // with its client, that client's thread and connections
          }
        })
        .add("R-5", root -> new Cuts()).tests();
  }

  private static final List<Object> KEPT = new CopyOnWriteArrayList<>();

  /** Asks once for a tag. */
  private static final class Remembers extends PlainResolver {
    private final Map<Reference, Resolved> known = new ConcurrentHashMap<>();

    @Override
    public Resolved resolve(Reference r, Access access) throws IOException {
      if (!known.containsKey(r)) known.put(r, super.resolve(r, access));
      return known.get(r);
    }
  }

  /** Lets a body that was cut off end as if it were whole, or fills it up. */
  private static final class Ends extends PlainResolver {
    private final boolean fills;

    Ends(boolean fills) {
      this.fills = fills;
    }

    @Override
    InputStream named(InputStream in, String host) {
      InputStream quiet = new FilterInputStream(in) {
        @Override
        public int read(byte[] b, int off, int len) {
          try {
            return super.read(b, off, len);
          } catch (IOException e) {
            return -1;
          }
        }
      };
      return fills ? new SequenceInputStream(quiet, new ByteArrayInputStream(new byte[1 << 20])) : quiet;
    }
  }

  /** Knows one credential, the first it was ever given. */
  private static final class OneForAll extends PlainResolver {
    private Optional<Credential> first = Optional.empty();

    @Override
    public Resolved resolve(Reference r, Access access) throws IOException {
      return super.resolve(r, new Access() {
        @Override
        public Optional<Credential> credential(String host, String challenge) throws IOException {
          if (first.isEmpty()) first = access.credential(host, challenge);
          return first;
        }

        @Override
        public Instant deadline() {
          return access.deadline();
        }
      });
    }
  }

  /** Takes bytes from another place that a descriptor names, with the registry's credential. */
  private static final class AsksElsewhere extends PlainResolver {
    @Override
    public Body open(Resolved r, Descriptor d, long offset, Access access) throws IOException {
      if (d.urls().isEmpty()) return super.open(r, d, offset, access);
      URI url = URI.create(d.urls().getFirst());
      Credential c = access.credential(r.reference().host(), "Basic").orElseThrow();
      String basic = Base64.getEncoder().encodeToString((c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8));
      URLConnection q = url.toURL().openConnection();
      q.setRequestProperty("Authorization", "Basic " + basic);
      return new Body(q.getInputStream(), 0, url.getAuthority());
    }
  }

  /** Bodies of a closed driver end as if they were whole. */
  private static final class Cuts extends PlainResolver {
    private volatile boolean closed;

    @Override
    InputStream named(InputStream in, String host) {
      return new FilterInputStream(super.named(in, host)) {
        @Override
        public int read(byte[] b, int off, int len) throws IOException {
          return closed ? -1 : super.read(b, off, len);
        }
      };
    }

    @Override
    public void close() throws IOException {
      closed = true;
      super.close();
    }
  }
}
