// Exit codes, help and the answers to a line that is wrong.
#include <gtest/gtest.h>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

TEST(CommandLine, HelpTeachesEveryCommand) {
  Workshop shop;
  const Outcome top = shop.run({"--help"});
  EXPECT_EQ(top.exit_code, 0);
  for (const std::string name : {"run", "plan", "verify", "compare", "models", "schema"}) {
    EXPECT_NE(top.out.find("  " + name), std::string::npos) << name;
    const Outcome help = shop.run({name, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.out.find("spikeloom " + name), std::string::npos) << name;
    EXPECT_NE(help.out.find("Exit codes"), std::string::npos) << name;
  }
  EXPECT_EQ(shop.run({}).exit_code, 0);
  EXPECT_EQ(shop.run({"--version"}).out.substr(0, 10), "spikeloom ");
}

TEST(CommandLine, MistakesExitWithTwoAndNameTheNearestWord) {
  Workshop shop;
  shop.write("small.json", small_network);
  const struct {
    std::vector<std::string> line;
    const char* nearest;
  } rows[] = {{{"run", "small.json", "--overwite"}, "--overwrite"},
              {{"run", "small.json", "--thread", "2"}, "--threads"},
              {{"plan", "small.json", "--prec", "single"}, nullptr},
              {{"rum", "small.json"}, "run"},
              {{"run", "small.json", "--backend", "cpo"}, "cpu"},
              {{"run", "small.json", "--precision", "singel"}, "single"},
              {{"models", "lif_exq"}, "lif_exp"},
              {{"run", "small.json", "--progress", "jsn"}, "json"},
              {{"run"}, nullptr},
              {{"run", "small.json", "extra"}, nullptr},
              {{"run", "nowhere.json"}, nullptr},
              {{"compare", "small.json"}, nullptr},
              {{"run", "small.json", "--isa", "v9"}, nullptr},
              {{"run", "small.json", "--set", "novalue"}, nullptr}};
  for (auto row : rows) {
    std::string line;
    for (const auto& word : row.line) line += word + " ";
    const Outcome plain = shop.run(row.line);
    EXPECT_EQ(plain.exit_code, 2) << line;
    EXPECT_TRUE(plain.out.empty()) << line;
    EXPECT_FALSE(plain.err.empty()) << line;
    row.line.push_back("--json");
    const Outcome json = shop.run(row.line);
    EXPECT_EQ(json.exit_code, 2) << line;
    const auto error = json.json()["error"];
    for (const char* key : {"kind", "file", "line", "path", "value", "allowed", "message", "nearest"})
      EXPECT_TRUE(error.contains(key)) << line;
    if (row.nearest != nullptr) { EXPECT_EQ(error["nearest"], row.nearest) << line; }
  }
  EXPECT_FALSE(shop.has("small.out"));
}

TEST(CommandLine, NumbersOnTheLineAreCheckedLikeThoseOfTheFile) {
  Workshop shop;
  shop.write("small.json", small_network);
  const struct {
    std::vector<std::string> more;
    const char* path;
  } rows[] = {{{"--threads", "0"}, "/run/threads"},
              {{"--threads", "4097"}, "/run/threads"},
              {{"--threads", "1000000"}, "/run/threads"},
              {{"--threads", "two"}, "/run/threads"},
              {{"--duration-ms", "-5"}, "/run/duration_ms"},
              {{"--duration-ms", "0"}, "/run/duration_ms"},
              {{"--duration-ms", "1e400"}, "/run/duration_ms"},
              {{"--seed", "-1"}, "/run/seed"},
              {{"--seed", "1.5"}, "/run/seed"}};
  for (const auto& row : rows) {
    std::vector<std::string> line = {"run", "small.json", "--json"};
    line.insert(line.end(), row.more.begin(), row.more.end());
    const Outcome run = shop.run(line);
    EXPECT_EQ(run.exit_code, 2) << row.more[1] << run.out;
    EXPECT_EQ(run.json()["error"]["path"], row.path) << row.more[1] << run.out;
  }
}

TEST(CommandLine, AStandardOutputThatCannotBeWrittenIsAFailedRun) {
  Workshop shop;
  shop.write("schema.sh", command_path() + " schema > /dev/full");
  EXPECT_NE(std::system(("sh " + (shop / "schema.sh").string() + " 2> /dev/null").c_str()), 0);
}

TEST(CommandLine, SchemaAndModelsAreReadByPrograms) {
  Workshop shop;
  EXPECT_TRUE(shop.run({"schema"}).json().is_object());
  const auto models = shop.run({"models", "--json"}).json();
  ASSERT_TRUE(models.is_array());
  bool found = false;
  for (const auto& model : models) {
    for (const char* key : {"name", "kind", "parameters", "states", "receptors"}) EXPECT_TRUE(model.contains(key));
    for (const auto& parameter : model["parameters"])
      for (const char* key : {"name", "unit", "default", "range", "text"}) EXPECT_TRUE(parameter.contains(key)) << model["name"];
    found = found || model["name"] == "lif_exp";
  }
  EXPECT_TRUE(found);
  EXPECT_NE(shop.run({"models", "izhikevich"}).out.find("u'"), std::string::npos);
  EXPECT_EQ(shop.run({"models", "--markdown"}).out.substr(0, 9), "# Models\n");
}

TEST(CommandLine, AnOptionWithoutAValueIsNoDefault) {
  Workshop shop;
  shop.write("small.json", small_network);
  for (const char* option : {"--seed", "--threads", "--backend", "--precision", "--weight-bits", "--isa", "--duration-ms",
                             "--load", "--save", "--out", "--plot", "--progress", "--set"}) {
    const Outcome run = shop.run({"run", "small.json", "--json", option, ""});
    EXPECT_EQ(run.exit_code, 2) << option << run.out;
    EXPECT_NE(run.json()["error"]["message"].get<std::string>().find(option), std::string::npos) << run.out;
  }
}

}  // namespace
}  // namespace spikeloom
