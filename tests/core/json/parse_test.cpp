// Hostile, broken and huge texts end as errors with a place, quickly and in bounded memory.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "core/json/document.hpp"

namespace spikeloom {
namespace {

Error error_of(const std::string& text) {
  try {
    parse_json(text, "net.json");
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size() + error.value.size() + error.where.path.size(), 2000u) << "echoes the text";
    return error;
  }
  ADD_FAILURE() << "accepted: " << text.substr(0, 100);
  return Error("none", {}, "");
}

std::string repeated(const std::string& part, int times) {
  std::string text;
  for (int k = 0; k < times; ++k) text += part;
  return text;
}

TEST(Parse, ReadsEveryKindOfValue) {
  const Json root = parse_json("[null, true, false, 0, -1.5e-3, \"a\\u00e9\\n\", [], {}]").root;
  ASSERT_EQ(root.items().size(), 8u);
  EXPECT_TRUE(root.items()[0].is_null());
  EXPECT_TRUE(root.items()[1].flag());
  EXPECT_EQ(root.items()[4].number(), -1.5e-3);
  EXPECT_EQ(root.items()[5].text(), "a\xC3\xA9\n");
}

TEST(Parse, ReadsMinusZeroAsZero) {
  for (const char* text : {"-0", "-0.0", "-0e5", "-1e-400"}) EXPECT_FALSE(std::signbit(parse_json(text).root.number())) << text;
}

TEST(Parse, PlacesSyntaxErrors) {
  const Error error = error_of("{\n  \"a\": 1,\n  \"b\": [1, 2,, 3]\n}");
  EXPECT_EQ(error.kind, "syntax");
  EXPECT_EQ(error.where.line, 3);
  EXPECT_EQ(error.where.column, 14);
  EXPECT_EQ(error.where.path, "/b/2");
  EXPECT_EQ(error.file, "net.json");
  EXPECT_EQ(static_cast<int>(error.exit), 2);
}

TEST(Parse, RefusesWhatIsNotJson) {
  for (const std::string text : {"",
                                 " ",
                                 "{",
                                 "[1,]",
                                 "{\"a\":1,}",
                                 "[1 2]",
                                 "{\"a\" 1}",
                                 "{a:1}",
                                 "'a'",
                                 "01",
                                 "+1",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "0x10",
                                 "\"abc",
                                 "\"\\x\"",
                                 "\"\t\"",
                                 "tru",
                                 "[1] 2",
                                 "{} {}",
                                 "/* open",
                                 "//",
                                 "[1]]",
                                 "}",
                                 "\"\\ud800\"",
                                 "\"\\udc00\"",
                                 "\"\\ud800\\u0041\"",
                                 "\"\xff\"",
                                 "\"\xc3\"",
                                 "\"\xed\xa0\x80\"",
                                 "\xff\xfe[\0]",
                                 "# c\n1"}) {
    EXPECT_EQ(error_of(text).kind, "syntax") << text;
  }
}

TEST(Parse, RefusesNumbersThatAreNone) {
  for (const char* word : {"NaN", "nan", "Infinity", "-Infinity", "-NaN", "inf"}) {
    const Error error = error_of("{\"a\": " + std::string(word) + "}");
    EXPECT_EQ(error.kind, "syntax") << word;
    EXPECT_EQ(error.where.path, "/a");
    EXPECT_EQ(error.where.column, 7);
  }
  for (const char* number : {"1e400", "-1e400", "1e999999999999999999999"}) {
    const Error error = error_of("{\"a\": [0, " + std::string(number) + "]}");
    EXPECT_EQ(error.kind, "range") << number;
    EXPECT_EQ(error.where.path, "/a/1");
    EXPECT_EQ(error.value, number);
    EXPECT_EQ(error.where.column, 11);
  }
}

TEST(Parse, NamesBothPlacesOfADuplicateKey) {
  const Error error = error_of("{\"x\": {\"a\": 1,\n \"b\": 2,\n  \"a\": 3}}");
  EXPECT_EQ(error.kind, "duplicate_key");
  EXPECT_EQ(error.where.path, "/x/a");
  EXPECT_EQ(error.where.line, 3);
  EXPECT_NE(std::string(error.what()).find("line 1, column 8"), std::string::npos) << error.what();
  EXPECT_EQ(error_of("{\"a\":1, \"\\u0061\":2}").kind, "duplicate_key") << "the same key in another spelling";
}

TEST(Parse, FindsDuplicatesAmongManyKeysQuickly) {
  std::string text = "{";
  for (int k = 0; k < 100'000; ++k) text += "\"k" + std::to_string(k) + "\": 0,\n";
  EXPECT_EQ(parse_json(text + "\"z\": 1}").root.members().size(), 100'001u);
  const Error error = error_of(text + "\"k77777\": 1}");
  EXPECT_EQ(error.kind, "duplicate_key");
  EXPECT_NE(std::string(error.what()).find("line 77778, column 1"), std::string::npos) << error.what();
}

TEST(Parse, RefusesDepthWithoutRecursion) {
  EXPECT_NO_THROW(parse_json(repeated("[", 64) + repeated("]", 64)));
  EXPECT_EQ(error_of(repeated("[", 65) + repeated("]", 65)).kind, "limit");
  EXPECT_EQ(error_of(repeated("[", 100'000)).kind, "limit");
  EXPECT_EQ(error_of(repeated("{\"a\":", 100'000)).kind, "limit");
  EXPECT_EQ(error_of(repeated("[{\"\":", 50'000)).kind, "limit");
}

TEST(Parse, RefusesStringsBeyondOneMegabyte) {
  EXPECT_NO_THROW(parse_json("\"" + std::string(1u << 20, 'a') + "\""));
  EXPECT_EQ(error_of("\"" + std::string((1u << 20) + 1, 'a') + "\"").kind, "limit");
  EXPECT_EQ(error_of("{\"" + std::string((1u << 20) + 1, 'a') + "\": 1}").kind, "limit");
}

TEST(Parse, AnswersTenMegabyteNumbersAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  const Error error = error_of("[" + std::string(10'000'000, '9') + "]");
  EXPECT_EQ(error.kind, "range");
  EXPECT_NO_THROW(parse_json("[0." + std::string(10'000'000, '3') + "]"));
  EXPECT_EQ(error_of("[" + std::string(10'000'000, '9') + "x").kind == "none", false);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Parse, RefusesFilesItCannotRead) {
  for (const char* path : {"/nonexistent/net.json", "/"}) {
    try {
      read_json(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, "file");
      EXPECT_EQ(error.file, path);
    }
  }
}

}  // namespace
}  // namespace spikeloom
