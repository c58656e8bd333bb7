package io.gantry.oci.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gantry.api.InvalidException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {
  /** An object with the fields that most nouns have. */
  private record Thing(String id, String name, String other, Map<String, String> labels) {
    Optional<String> at(List<String> path) {
      return switch (path.getFirst()) {
        case "name" -> Optional.of(name);
        case "other" -> Optional.of(other).filter(o -> !o.isEmpty());
        case "labels" -> Fields.label(labels, path);
        case "path" -> Optional.of(path.toString());
        default -> Optional.empty();
      };
    }
  }

  private static final List<Thing> ALL = List.of(new Thing("a", "redis", "", Map.of("tier", "cache")), new Thing("b", "redis", "",
      Map.of("tier", "gone", "a \\ and \".b", "here")), new Thing("c", "nginx", "two words, and a comma", Map.of("a.b/c", "x")),
      new Thing("d",
      "牛", "a/b|c\"d", Map.of("p-q_1.r", "v_1.0-rc/2@x")));

  private static String meant(String... filters) throws InvalidException {
    Filter f = Filter.parse(List.of(filters));
    var ids = new StringBuilder();
    for (Thing t : ALL) if (f.matches(t::at)) ids.append(t.id());
    return ids.toString();
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '\0', value = {"name; abcd", "other; cd", "never; ''", "labels.tier; ab",
      "labels.tier,other; ''",
      "name==redis; ab", "name == redis; ab", "name  ~=\tred; ab", "name,other; cd", "name!=redis; cd", "other!=x; abcd", "never!=x; abcd",
      "never==; ERR", "never~=^$; abcd", "labels.tier==cache; a", "name==redis,labels.tier==gone; b", "name==redis,labels.tier==else; ''",
      "labels.\"a.b/c\"==x; c", "labels.a.\"b/c\"==x; c", "\"labels\".\"a.b/c\"; c", "labels.\"a \\\\ and \\\"\".b==here; b",
      "labels.p-q_1.r==v_1.0-rc/2@x; d", "other==\"two words, and a comma\"; c", "other~=\"a/b[|]c\\\"d\"; d", "other~=/a\\/b/; d",
      "other~=|a/b\\\\\\|c|; d", "name~=[ei]+,other; c", "name~=/[ei]{1,2}/; abc", "name==牛; d", "name==\"\\xe7\\x89\\x9b\"; d",
      "name==\"\\u725b\"; d", "name==\"\\U0000725b\"; d", "name==\"\\162edis\"; ab", "name~=^re.is$; ab", "name~=edi; ab", "name~=^edi; ''",
      "path==[path]; abcd", "path.x.y==\"[path, x, y]\"; abcd", "name=='redis'; ''"})
  void meansWhatContainerdTakesItFor(String filter, String expected) throws Exception {
    String want = expected.equals("''") ? "" : expected;
    if (want.equals("ERR")) assertThrows(InvalidException.class, () -> meant(filter));
    else assertEquals(want, meant(filter));
  }

  @Test
  void noneAndTheEmptyOneMatchAllAndOfSeveralOneMust() throws Exception {
    assertEquals("abcd", meant());
    assertEquals("abcd", meant(""));
    assertEquals("ac", meant("labels.tier==cache", "name==nginx"));
    assertEquals("abcd", meant("name==never", ""));
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '\0', value = {
      "labels.|foo|==x; [labels. >|||< foo|==x]: invalid quote encountered",
      "name==/x/; [name== >|/|< x/]: invalid quote encountered", "labels.?\"a\"==x; [labels. >|?|< \"a\"==x]: expected field or quoted",
      "name==foo,; [name==foo,]: expected field or quoted", "labels.; [labels.]: expected field or quoted",
      "image~=,id?=?f; [image~= >|,|< id?=?f]: expected value or quoted", "name==; [name==]: expected value or quoted",
      "name=x; [name >|=|< x]: unsupported operator \"=\"", "name===x; [name >|=|< ==x]: unsupported operator \"===\"",
      "name!x; [name >|!|< x]: unsupported operator \"!\"", "name x; [name  >|x|< ]: expected an operator (\"==\"|\"!=\"|\"~=\")",
      "name==a b; [name==a >| |< b]: unexpected input:  ", "name==\"a\"b; [name==\"a\" >|b|< ]: unexpected input: b",
      "labels.a.io/b==x; [labels.a.io >|/|< b==x]: expected an operator (\"==\"|\"!=\"|\"~=\")",
      "name==\"a; [name== >|\"|< a]: quoted literal not terminated", "name==\"a\\; [name== >|\"|< a\\]: quoted literal not terminated",
      "labels.\"\\g\"; [labels. >|\"|< \\g\"]: illegal escape sequence", "name~=/\\d/; [name~= >|/|< \\d/]: illegal escape sequence",
      "labels.\"\\xaz\"; [labels. >|\"|< \\xaz\"]: illegal numeric escape sequence",
      "name==\"\\400\"; [name== >|\"|< \\400\"]: illegal numeric escape sequence",
      "name==\"\\ud800\"; [name== >|\"|< \\ud800\"]: illegal numeric escape sequence",
      "name==\"\\U00110000\"; [name== >|\"|< \\U00110000\"]: illegal numeric escape sequence",
      "name~=(a; [name~= >|(|< a]: wrong regular expression: error parsing regexp: missing closing ): `(a`",
      "name~=(?!a); [name~= >|(|< ?!a)]: wrong regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?!`"})
  void saysWhatIsWrongAndWhere(String filter, String message) {
    var e = assertThrows(InvalidException.class, () -> Filter.parse(List.of("name", filter)));
    assertEquals("filters: parse error: " + message.stripTrailing(), e.getMessage().stripTrailing());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "name\0", "name==\0", "name==\"\0\"", "name==\"\n\"", "牛", "name==a\n", " ", ",", "=="})
  void refusesOddCharacters(String filter) {
    assertThrows(InvalidException.class, () -> Filter.parse(List.of(filter)));
  }

  /** Where a backtracking matcher takes years. */
  @Test
  void anEvilExpressionTakesLinearTime() throws Exception {
    String name = "a".repeat(100_000) + "!";
    for (String evil : List.of("(a+)+$", "^(a|a)*$", "(.*)*x$", "^(a|aa)+$")) {
      Filter f = Filter.parse(List.of("name~=" + evil));
      assertFalse(assertTimeoutPreemptively(Duration.ofSeconds(20), () -> f.matches(path -> Optional.of(name))), evil);
    }
  }

  /** Texts that are short, and machines of gigabytes. */
  @ParameterizedTest
  @ValueSource(strings = {"((a{1000}){1000}){1000}", "((((((a{9}){9}){9}){9}){9}){9})", "([ab]{1000}){11}", "(a{1000}b{1000}){6}",
      "\\x{61}{1000}{1000}", "(?:a{0,1000}){0,1000}"})
  void repetitionsAreBounded(String expression) {
    var e = assertThrows(InvalidException.class, () -> Filter.parse(List.of("name~=\"" + expression.replace("\\", "\\\\") + "\"")));
    assertTrue(e.getMessage().contains("more than 10000 parts"), e.getMessage());
  }

  @Test
  void groupsAreBoundedAndPlentyIsAllowed() throws Exception {
    String deep = "(".repeat(101) + "a" + ")".repeat(101);
    var e = assertThrows(InvalidException.class, () -> Filter.parse(List.of("name~=" + deep)));
    assertTrue(e.getMessage().contains("more than 100 groups"), e.getMessage());
    var open = new ArrayList<String>();
    open.add("name~=" + deep.substring(1, deep.length() - 1));
    open.add("name~=\"([]{}(]|[^]{(]|a{,5}|x{1000}|[0-9a-f]{64})?\"");
    assertEquals("abcd", meant(open.toArray(String[]::new)));
  }
}
