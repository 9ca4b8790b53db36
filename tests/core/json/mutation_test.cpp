// Damaged network files end as a network or as an Error, never as a crash or a hang.
#include <gtest/gtest.h>

#include "core/math/philox.hpp"
#include "core/network_json.hpp"
#include "tests/core/network_files.hpp"

namespace spikeloom {
namespace {

/// Damage that finds parsers' corners: bytes changed, cut out, repeated, moved, tokens swapped in.
std::string damaged(const std::string& text, std::uint32_t round) {
  static const char* const tokens[] = {"{",    "}",  "[",     "]",  "\"",   "\\",   ",",     ":",      "/*",
                                       "//",   "*/", "1e400", "-",  "null", "true", "\"=\"", "\"=(\"", "\"\\ud800\"",
                                       "\xff", "=",  "[[",    "[]", "{}",   "0.5",  "-1",    "1e308",  "9223372036854775808"};
  std::string result = text;
  std::uint32_t index = 0;
  const auto below = [&](std::size_t limit) {
    const auto word = philox(0x5eed, round, index++, 0, 0)[0];
    return static_cast<std::size_t>(word) % std::max<std::size_t>(limit, 1);
  };
  const std::size_t changes = 1 + below(3);
  for (std::size_t k = 0; k < changes; ++k) {
    const std::size_t at = below(result.size());
    switch (below(6)) {
      case 0:
        if (!result.empty()) result[at] = static_cast<char>(below(256));
        break;
      case 1: result.resize(at); break;
      case 2: result.erase(at, 1 + below(20)); break;
      case 3: result.insert(at, result.substr(below(result.size()), below(40))); break;
      case 4: result.insert(at, tokens[below(std::size(tokens))]); break;
      default:
        if (!result.empty()) result.replace(at, 1, tokens[below(std::size(tokens))]);
        break;
    }
  }
  return result;
}

TEST(Mutation, DamagedFilesNeverCrashOrHang) {
  int accepted = 0, refused = 0;
  for (std::uint32_t round = 0; round < 20'000; ++round) {
    const std::string text = damaged(round % 2 == 0 ? test::brunel : test::everything, round);
    try {
      const Network network = network_from_json(parse_json(text, "net.json"));
      to_json(network);
      ++accepted;
    } catch (const Error& error) {
      EXPECT_FALSE(describe(error).empty());
      EXPECT_EQ(error.file, "net.json") << describe(error);
      ++refused;
    }
  }
  EXPECT_GT(accepted, 100) << "damage was always fatal: the reader behind the parser was not tested";
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace spikeloom
