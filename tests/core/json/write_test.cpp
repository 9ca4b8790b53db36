// What is written reads back as the same values.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/json/document.hpp"

namespace spikeloom {
namespace {

TEST(Write, NumbersReadBackAsTheSameDouble) {
  for (const double number :
       {0.1, 1.0 / 3, 1e300, 5e-324, 9007199254740993.0, -123456789.0, 1e22, 1.7976931348623157e308, 123456.789e-7}) {
    EXPECT_EQ(parse_json(to_text(Json(number))).root.number(), number);
  }
  EXPECT_EQ(to_text(Json(1e6), true), "1000000");
}

TEST(Write, StringsReadBack) {
  const std::string text = "a\"b\\c\n\t\r\x01/é";
  EXPECT_EQ(parse_json(to_text(Json(text))).root.text(), text);
}

TEST(Write, LaysOutObjectsLineByLineAndFlatArraysOnOne) {
  EXPECT_EQ(to_text(parse_json("{\"a\":[1,2],\"b\":{\"c\":[[1,2],[3,4]]},\"d\":{}}").root),
            "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": [\n      [1, 2],\n      [3, 4]\n    ]\n  },\n  \"d\": {}\n}\n");
  EXPECT_EQ(to_text(parse_json("{ \"a\" : [ 1 , null ] }").root, true), "{\"a\":[1,null]}");
}

TEST(Write, RefusesWhatJsonCannotHold) {
  EXPECT_THROW(to_text(Json(std::nan(""))), Error);
  EXPECT_THROW(to_text(Json(std::numeric_limits<double>::infinity())), Error);
}

}  // namespace
}  // namespace spikeloom
