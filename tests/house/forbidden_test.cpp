// Nothing that enters a run may depend on a library's or a machine's choice of bits.
#include <gtest/gtest.h>

#include <regex>

#include "tests/house/files.hpp"

namespace {

using house::fs::path;

/// Source text without comments and string literals.
std::string code_of(const std::string& text) {
  static const std::regex noise(R"re(//[^\n]*|/\*[\s\S]*?\*/|"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])+')re");
  return std::regex_replace(text, noise, " ");
}

std::vector<std::string> matches(const std::string& text, const std::regex& what) {
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), what), end; it != end; ++it) found.push_back(it->str());
  return found;
}

// sqrt, floor, ceil, rint, round, trunc and fabs are exact, so they are not in the list.
const std::regex libm(
    R"((std::|__builtin_|[^\w:.>])(exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|sinh|cosh|tanh|asin|acos|atan|atan2|cbrt|hypot|erf|erfc|lgamma|tgamma)f?\s*\()");
const std::regex random_library(
    R"(std::(\w+_distribution|mt19937\w*|minstd_rand\w*|random_device|default_random_engine|shuffle|sample)\b|\b(rand|drand48)\s*\()");
const std::regex random_law(R"(std::(\w+_distribution|default_random_engine|random_device|shuffle|sample)\b)");
const std::regex float_atomics(R"(std::atomic(_ref)?<\s*(float|double|Real)\b)");
const std::regex fast_math(R"(-ffast-math|-Ofast|-funsafe-math)");

std::vector<std::string> library_calls(const std::string& text) {
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), libm), end; it != end; ++it) { found.push_back(it->str()); }
  return found;
}

TEST(Forbidden, NoLibraryFunctionWhoseBitsVaryEntersARun) {
  for (const std::string folder : {"core", "models", "backends"})
    for (const path& file : house::files_below(folder, {".hpp", ".cpp"})) {
      // core/math defines functions of these names; there only calls of the library's own are looked for.
      const bool defines = file.string().find("/core/math/") != std::string::npos;
      for (const std::string& call : library_calls(code_of(house::read(file))))
        if (!defines || call.starts_with("std::") || call.starts_with("__builtin_"))
          ADD_FAILURE() << file.string() << ": " << call;
    }
}

TEST(Forbidden, NoRandomNumbersOfTheStandardLibrary) {
  for (const std::string folder : {"core", "models", "backends", "analysis", "apps"})
    for (const path& file : house::files_below(folder, {".hpp", ".cpp"}))
      for (const std::string& name : matches(code_of(house::read(file)), random_library))
        ADD_FAILURE() << file.string() << ": " << name;
}

/// The words of std::mt19937 are the same everywhere; what a library makes of them is not.
TEST(Forbidden, NoTestOrExampleDrawsFromALawOfTheStandardLibrary) {
  for (const std::string folder : {"tests", "examples", "bench"})
    for (const path& file : house::files_below(folder, {".hpp", ".cpp"}))
      for (const std::string& name : matches(code_of(house::read(file)), random_law))
        ADD_FAILURE() << file.string() << ": " << name;
}

TEST(Forbidden, NoAtomicSumsOfReals) {
  for (const std::string folder : {"core", "models", "backends", "analysis", "apps"})
    for (const path& file : house::files_below(folder, {".hpp", ".cpp"}))
      for (const std::string& name : matches(code_of(house::read(file)), float_atomics))
        ADD_FAILURE() << file.string() << ": " << name;
}

TEST(Forbidden, NoFastMathAnywhereInTheBuild) {
  for (const std::string file : {"CMakeLists.txt", "CMakePresets.json", "cmake/instruction_sets.cmake", "tests/CMakeLists.txt"})
    EXPECT_TRUE(matches(house::read(house::source / file), fast_math).empty()) << file;
  EXPECT_NE(house::read(house::source / "CMakeLists.txt").find("-ffp-contract=off"), std::string::npos);
}

TEST(Forbidden, TheSearchFindsWhatItLooksFor) {
  EXPECT_EQ(library_calls(code_of("double y = std::exp(x);")).size(), 1u);
  EXPECT_EQ(library_calls(code_of("double y = 2 * pow(x, 3);")).size(), 1u);
  EXPECT_TRUE(library_calls(code_of("double y = math::exp(x); // std::exp(x)\nconst char* t = \"log(x)\";")).empty());
  EXPECT_EQ(matches(code_of("std::normal_distribution<double> d;"), random_library).size(), 1u);
  EXPECT_EQ(matches(code_of("std::normal_distribution<double> d; std::mt19937 engine;"), random_law).size(), 1u);
  EXPECT_EQ(matches(code_of("std::atomic<float> sum;"), float_atomics).size(), 1u);
}

}  // namespace
