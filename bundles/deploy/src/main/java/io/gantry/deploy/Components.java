package io.gantry.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.osgi.framework.Bundle;
import org.slf4j.LoggerFactory;

/** What the component descriptions of bundles say, of those too that are not started (OSGi Core 8, §112.4). */
final class Components {
  private static final String HEADER = "Service-Component";
  /** In the place of a PID: the component's name. */
  private static final String NAME = "$";

  private Components() {}

  /** The PIDs of all components that may be configured. */
  static Set<String> pids(Bundle... bundles) {
    Set<String> all = new TreeSet<>();
    for (Bundle b : bundles) {
      if (b.getState() == Bundle.UNINSTALLED) continue;
      for (Clauses c : Clauses.parse(b.getHeaders("").get(HEADER))) for (URL url : files(b, c.names().getFirst())) add(url, b, all);
    }
    return all;
  }

  private static List<URL> files(Bundle b, String path) {
    int slash = path.lastIndexOf('/');
    Enumeration<URL> found = b.findEntries(slash < 0 ? "/" : path.substring(0, slash), path.substring(slash + 1), false);
    return found == null ? List.of() : Collections.list(found);
  }

  private static void add(URL url, Bundle b, Set<String> all) {
    try (InputStream in = url.openStream()) {
      XMLStreamReader xml = Schema.reader(in);
      while (xml.hasNext()) {
        if (xml.next() == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("component")) add(xml, all);
      }
    } catch (IOException | XMLStreamException e) {
      LoggerFactory.getLogger(Components.class).warn("{} of bundle {} cannot be read: what configures it is not known", url.getPath(), b,
          e);
    }
  }

  private static void add(XMLStreamReader xml, Set<String> all) {
    if (Schema.text(xml, "configuration-policy").equals("ignore")) return;
    String name = Schema.text(xml, "name");
    String pids = Schema.text(xml, "configuration-pid");
    for (String pid : (pids.isEmpty() ? NAME : pids).strip().split("\\s+")) all.add(pid.equals(NAME) ? name : pid);
  }
}
