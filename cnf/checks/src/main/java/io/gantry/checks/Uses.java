package io.gantry.checks;

import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a class file mentions, read from its constant pool: nothing can be used without standing there. */
final class Uses {
  private static final Pattern OURS = Pattern.compile("io/gantry/[\\w/$]*\\w");

  private Uses() {}

  /** Types of ours (internal names), also those that only descriptors, signatures or annotations name. */
  static Set<String> ours(ClassModel c) {
    var all = new TreeSet<String>();
    for (PoolEntry e : c.constantPool()) {
      if (!(e instanceof Utf8Entry u)) continue;
      Matcher m = OURS.matcher(u.stringValue());
      while (m.find()) all.add(m.group());
    }
    return all;
  }

  /** Called methods and used fields as {@code java/lang/Thread.sleep}. */
  static Set<String> members(ClassModel c) {
    var all = new TreeSet<String>();
    for (PoolEntry e : c.constantPool()) {
      if (e instanceof MemberRefEntry m) all.add(m.owner().asInternalName() + "." + m.name().stringValue());
    }
    return all;
  }

  static Set<String> strings(ClassModel c) {
    var all = new TreeSet<String>();
    for (PoolEntry e : c.constantPool()) {
      if (e instanceof StringEntry s) all.add(s.stringValue());
    }
    return all;
  }

  static String packageOf(String internal) {
    return internal.substring(0, Math.max(0, internal.lastIndexOf('/')));
  }
}
