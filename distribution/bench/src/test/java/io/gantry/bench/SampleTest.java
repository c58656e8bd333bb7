package io.gantry.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class SampleTest {
  @Test
  void theMiddleOfAnOddNumber() {
    assertEquals(3, Sample.median(List.of(9.0, 1.0, 3.0)));
  }

  @Test
  void theMeanOfTheTwoInTheMiddle() {
    assertEquals(2.5, Sample.median(List.of(100.0, 3.0, 2.0, 1.0)));
  }

  @Test
  void nothingHasNoMedian() {
    assertThrows(IllegalArgumentException.class, () -> Sample.median(List.of()));
  }

  @Test
  void processorTimeIsToldOnlyWhereAllHaveIt() {
    Sample with = new Sample(1, OptionalDouble.of(4));
    Sample without = new Sample(1, OptionalDouble.empty());
    assertEquals(OptionalDouble.of(4), Sample.medianCpu(List.of(with, with)));
    assertEquals(OptionalDouble.empty(), Sample.medianCpu(List.of(with, without)));
  }
}
