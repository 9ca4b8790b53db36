// Every value must know its path, line and column, and stay small.
#include "core/json/document.hpp"

#include <gtest/gtest.h>

#include <map>

namespace spikeloom {
namespace {

struct Seen {
  int line, column;
};

void collect(const Place& place, std::map<std::string, Seen>& out) {
  const Where where = place.where();
  out[where.path] = {where.line, where.column};
  if (place->is_array())
    for (std::size_t k = 0; k < place->items().size(); ++k) collect(place.at(k), out);
  if (place->is_object())
    for (const JsonMember& member : place->members()) collect(place.at(member), out);
}

std::map<std::string, Seen> places(const std::string& text) {
  const JsonDocument document = parse_json(text);
  std::map<std::string, Seen> out;
  collect(Place(document), out);
  return out;
}

#define EXPECT_AT(seen, path, expected_line, expected_column) \
  EXPECT_EQ((seen).at(path).line, (expected_line)) << (path); \
  EXPECT_EQ((seen).at(path).column, (expected_column)) << (path)

TEST(Document, KnowsLineAndColumnOfEveryValue) {
  const auto seen = places("{\n  \"a\": [1, -2.5e3,\ttrue],\n  \"b\" : {\"c\":null , \"d\": \"x\\\"y\"},\n\"e\":[[],{}]}");
  EXPECT_AT(seen, "", 1, 1);
  EXPECT_AT(seen, "/a", 2, 8);
  EXPECT_AT(seen, "/a/0", 2, 9);
  EXPECT_AT(seen, "/a/1", 2, 12);
  EXPECT_AT(seen, "/a/2", 2, 20);
  EXPECT_AT(seen, "/b", 3, 9);
  EXPECT_AT(seen, "/b/c", 3, 14);
  EXPECT_AT(seen, "/b/d", 3, 26);
  EXPECT_AT(seen, "/e", 4, 5);
  EXPECT_AT(seen, "/e/0", 4, 6);
  EXPECT_AT(seen, "/e/1", 4, 9);
}

TEST(Document, SkipsCommentsWithoutLosingItsPlace) {
  const auto seen = places("// [1, 2\n/* \"x\": { */ [ /* , */ 1, // 5,\n /**/ 2 /* * / */ , 3]\n// end");
  EXPECT_AT(seen, "", 2, 14);
  EXPECT_AT(seen, "/0", 2, 24);
  EXPECT_AT(seen, "/1", 3, 7);
  EXPECT_AT(seen, "/2", 3, 21);
}

TEST(Document, CountsColumnsInCharactersAndLeavesOutTheByteOrderMark) {
  const auto seen = places("\xEF\xBB\xBF[\"\xC3\xA9\xE2\x82\xAC\", 7]");
  EXPECT_AT(seen, "", 1, 1);
  EXPECT_AT(seen, "/1", 1, 8);
}

TEST(Document, CountsColumnsOfLongLinesLikeThoseOfShortOnes) {
  std::string text = "\n\xEF\xBB\xBF";
  for (int k = 0; k < 3000; ++k) text += k % 7 == 0 ? "\xC3\xA9" : k % 1500 == 1499 ? "\n" : "x";
  const SourceText source("long", text);
  int line = 1, column = 1;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool inside = at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    if (!inside) {
      EXPECT_EQ(source.place(at).line, line) << at;
      EXPECT_EQ(source.place(at).column, column) << at;
      ++column;
    }
    if (at < text.size() && text[at] == '\n') ++line, column = 1;
  }
}

TEST(Document, EscapesPathsAsPointersDo) {
  const auto seen = places("{\"a/b\": {\"c~d\": 1}}");
  EXPECT_EQ(seen.count("/a~1b/c~0d"), 1u);
}

TEST(Document, ShortensWhatItQuotes) {
  const JsonDocument document = parse_json("[1.50, \"" + std::string(1000, 'x') + "\", [1,2]]");
  const Place root(document);
  EXPECT_EQ(root.at(std::size_t{0}).written(), "1.50");
  EXPECT_LE(root.at(1).written().size(), 60u);
  EXPECT_EQ(root.at(2).written(), "[1,2]");
}

TEST(Document, CopiesAndMovesAreWhole) {
  Json first = parse_json("{\"a\": [1, {\"b\": \"text\"}]}").root;
  Json second = first;
  first.find("a")->push(3);
  EXPECT_EQ(second.find("a")->items().size(), 2u);
  EXPECT_EQ(first.find("a")->items().size(), 3u);
  Json third = std::move(second);
  EXPECT_EQ(third.find("a")->items()[1].find("b")->text(), "text");
}

TEST(Document, AValueTakes24Bytes) { EXPECT_EQ(sizeof(Json), 24u); }

}  // namespace
}  // namespace spikeloom
