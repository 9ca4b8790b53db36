// Includes run one way: models -> core; analysis -> core; backends -> models, core; apps -> all.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "tests/house/files.hpp"

namespace {

using house::fs::path;

const std::map<std::string, std::set<std::string>> may_include = {
    {"core", {"core"}},
    {"models", {"models", "core"}},
    {"analysis", {"analysis", "core"}},
    {"backends", {"backends", "models", "core"}},
    {"apps", {"apps", "analysis", "backends", "models", "core"}},
};

std::vector<std::string> wrong_includes(const std::string& text, const std::string& folder) {
  static const std::regex include(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re", std::regex::multiline);
  static const std::set<std::string> ours = {"core", "models", "analysis", "backends", "apps", "tests", "bench", "examples"};
  std::vector<std::string> wrong;
  for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
    const std::string name = (*it)[1];
    const std::string top = name.substr(0, name.find('/'));
    const bool relative = (*it)[0].str().find('"') != std::string::npos && !ours.contains(top);
    if (relative || (ours.contains(top) && !may_include.at(folder).contains(top))) wrong.push_back(name);
  }
  return wrong;
}

TEST(Includes, RunOneWay) {
  for (const auto& [folder, allowed] : may_include)
    for (const path& file : house::files_below(folder, {".hpp", ".cpp"}))
      for (const std::string& name : wrong_includes(house::read(file), folder))
        ADD_FAILURE() << file.string() << " includes " << name;
}

TEST(Includes, BackendsKnowNothingOfEachOther) {
  for (const path& file : house::files_below("backends", {".hpp", ".cpp"})) {
    const std::string own = file.lexically_relative(house::source / "backends").begin()->string();
    const std::string text = house::read(file);
    for (const std::string other : {"cpu", "reference", "spinnaker"})
      if (other != own) {
        EXPECT_EQ(text.find("#include \"backends/" + other + "/"), std::string::npos) << file.string() << " includes " << other;
      }
  }
}

TEST(Includes, TheSearchFindsAWrongOne) {
  EXPECT_EQ(wrong_includes("#include \"backends/cpu/cpu.hpp\"\n", "core").size(), 1u);
  EXPECT_EQ(wrong_includes("#include \"errors.hpp\"\n", "core").size(), 1u);
  EXPECT_TRUE(wrong_includes("#include <vector>\n#include \"core/errors.hpp\"\n", "core").empty());
}

TEST(Files, OpenWithASentenceOnWhyTheyExist) {
  for (const std::string folder : {"core", "models", "analysis", "backends", "apps", "bench", "examples", "tests"})
    for (const path& file : house::files_below(folder, {".hpp", ".cpp"})) {
      EXPECT_EQ(house::read(file).substr(0, 3), "// ") << file.string();
    }
}

}  // namespace
