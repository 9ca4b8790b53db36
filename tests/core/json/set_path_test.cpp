// `--set` changes what it names and refuses what it cannot reach.
#include <gtest/gtest.h>

#include "core/json/document.hpp"

namespace spikeloom {
namespace {

Json network() {
  return parse_json("{\"parameters\": {\"g\": 4}, \"projections\": [{\"weight\": 1}, {\"weight\": 2}], \"name\": \"x\"}").root;
}

std::string kind_of_error(const std::string& path) {
  Json root = network();
  try {
    set_path(root, path, 1);
  } catch (const Error& error) { return error.kind; }
  return "";
}

TEST(SetPath, ReplacesMembersAndItems) {
  Json root = network();
  set_path(root, "parameters.g", 5);
  set_path(root, "projections.1.weight", "=2*g");
  EXPECT_EQ(root.find("parameters")->find("g")->number(), 5);
  EXPECT_EQ(root.find("projections")->items()[1].find("weight")->text(), "=2*g");
}

TEST(SetPath, MakesMissingObjects) {
  Json root = network();
  set_path(root, "run.seeds.noise", 7);
  EXPECT_EQ(root.find("run")->find("seeds")->find("noise")->number(), 7);
}

TEST(SetPath, RefusesWaysThatDoNotExist) {
  EXPECT_EQ(kind_of_error("projections.2.weight"), "unknown_name");
  EXPECT_EQ(kind_of_error("projections.x.weight"), "unknown_name");
  EXPECT_EQ(kind_of_error("projections.-1"), "unknown_name");
  EXPECT_EQ(kind_of_error("name.size"), "type");
  EXPECT_EQ(kind_of_error(""), "syntax");
  EXPECT_EQ(kind_of_error("a..b"), "syntax");
  std::string deep = "a";
  for (int k = 0; k < 10'000; ++k) deep += ".a";
  EXPECT_EQ(kind_of_error(deep), "limit");
}

TEST(SettingValue, IsJsonOrElseTheText) {
  EXPECT_EQ(setting_value("5").number(), 5);
  EXPECT_EQ(setting_value("[1, 2]").items().size(), 2u);
  EXPECT_EQ(setting_value("single").text(), "single");
  EXPECT_EQ(setting_value("=2*g").text(), "=2*g");
  EXPECT_EQ(setting_value("\"5\"").text(), "5");
  EXPECT_THROW(setting_value("1e400"), Error);
}

}  // namespace
}  // namespace spikeloom
