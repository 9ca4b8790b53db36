// README and docs say what the program does: their code is the examples' code, and their commands work as printed.
#include <gtest/gtest.h>

#include "tests/house/files.hpp"

namespace {

using house::fs::path;

struct Fence {
  std::string language, text;
};

/// Fenced code blocks of a Markdown text.
std::vector<Fence> fences_of(const std::string& markdown) {
  std::vector<Fence> fences;
  std::istringstream in(markdown);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) fences.push_back({line.substr(3), ""});
    } else if (inside) {
      fences.back().text += line + "\n";
    }
  }
  return fences;
}

std::vector<path> pages() {
  std::vector<path> all = house::files_below("docs", {".md"});
  for (const path& page : house::files_below("examples", {".md"})) all.push_back(page);
  all.push_back(house::source / "README.md");
  return all;
}

bool shows(const path& page, const std::string& language, const std::string& text) {
  for (const Fence& fence : fences_of(house::read(page)))
    if (fence.language == language && fence.text == text) return true;
  return false;
}

struct Printed {
  std::string page, command;
  std::string shown;  ///< the text block right after the command's block, if any: lines that its output must hold
};

/// Commands of a block. Lines that end with a backslash go on in the next.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.back() += line;
    if (lines.back().ends_with("\\")) lines.back().pop_back();
    else if (!lines.back().empty()) lines.emplace_back();
  }
  lines.pop_back();
  return lines;
}

/// Commands of all pages in the order they are printed.
std::vector<Printed> commands() {
  std::vector<Printed> all;
  for (const path& page : pages()) {
    const std::vector<Fence> fences = fences_of(house::read(page));
    for (std::size_t k = 0; k < fences.size(); ++k) {
      if (fences[k].language != "sh") continue;
      for (const std::string& line : lines_of(fences[k].text))
        all.push_back({page.lexically_relative(house::source).string(), line, ""});
      if (k + 1 < fences.size() && fences[k + 1].language == "text") all.back().shown = fences[k + 1].text;
    }
  }
  return all;
}

/// Takes minutes or gigabytes, so it is left to the long tests.
bool is_large(const std::string& command) {
  const bool full_microcircuit =
      command.find("run examples/microcircuit/") != std::string::npos && command.find("parameters.scale=") == std::string::npos;
  const bool learns_for_long = command.find("/examples/conditioning ") != std::string::npos ||
                               command.find("/examples/polychronization ") != std::string::npos;
  return full_microcircuit || learns_for_long;
}
/// Sets up, builds or tests, so it cannot be run from within a test; that the file exists is checked.
bool is_script(const std::string& command) { return command.starts_with("scripts/"); }

/// Runs commands in a folder that looks like the project after `scripts/build`.
class AsPrinted {
 public:
  AsPrinted() {
    for (const std::string name : {"examples", "docs", "scripts", "README.md"})
      house::fs::create_symlink(house::source / name, folder_.path / name);
    house::fs::create_directories(folder_.path / "build" / "release");
    for (const auto& entry : house::fs::directory_iterator(SPIKELOOM_BINARY_DIR))
      house::fs::create_symlink(entry.path(), folder_.path / "build" / "release" / entry.path().filename());
  }
  house::Ran run(const std::string& command) const { return house::shell(command, folder_.path); }

 private:
  house::TemporaryFolder folder_;
};

void run_all(bool large) {
  const AsPrinted project;
  for (const auto& [page, command, shown] : commands()) {
    if (is_script(command)) {
      const std::string script = command.substr(0, command.find(' '));
      EXPECT_TRUE(house::fs::exists(house::source / script)) << page << ": " << command;
      continue;
    }
    if (is_large(command) != large) continue;
    const auto ran = project.run(command);
    EXPECT_EQ(ran.exit, 0) << page << ": " << command << "\n" << ran.output.substr(0, 2000) << ran.errors.substr(0, 2000);
    std::istringstream lines(shown);
    for (std::string line; std::getline(lines, line);)
      EXPECT_NE((ran.output + ran.errors).find(line), std::string::npos) << page << " shows \"" << line << "\" for " << command;
  }
}

TEST(Documentation, EveryPrintedCommandWorks) { run_all(false); }
TEST(LongDocumentation, EveryPrintedCommandOfALargeNetworkWorks) { run_all(true); }

TEST(Documentation, PrintsCommandsAtAll) { EXPECT_GT(commands().size(), 10u); }

TEST(Documentation, TheReadmeShowsTheFirstProgram) {
  EXPECT_TRUE(shows(house::source / "README.md", "cpp", house::read(house::source / "examples/first_program/first_program.cpp")));
}

TEST(Documentation, TheReadmeShowsWhatTheFirstProgramPrints) {
  const auto ran = house::shell(std::string(SPIKELOOM_BINARY_DIR) + "/examples/first_program", house::source);
  EXPECT_EQ(ran.exit, 0);
  EXPECT_TRUE(shows(house::source / "README.md", "text", ran.output)) << ran.output;
}

TEST(Documentation, ThePhaseResponsePageShowsItsProgramAndWhatItPrints) {
  const path folder = house::source / "examples/phase_response";
  EXPECT_TRUE(shows(folder / "README.md", "cpp", house::read(folder / "phase_response.cpp")));
  const auto ran = house::shell(std::string(SPIKELOOM_BINARY_DIR) + "/examples/phase_response", house::source);
  EXPECT_EQ(ran.exit, 0);
  EXPECT_TRUE(shows(folder / "README.md", "text", ran.output)) << ran.output;
}

TEST(Documentation, TheSignalsPageShowsANetworkThatLearnsWhenToRise) {
  const house::TemporaryFolder folder;
  const auto fences = fences_of(house::read(house::source / "docs/signals.md"));
  const auto whole = std::ranges::find_if(fences, [](const Fence& fence) { return fence.text.starts_with("{\n"); });
  ASSERT_NE(whole, fences.end());
  std::ofstream(folder.path / "network.json") << whole->text;
  const auto ran = house::shell(std::string(SPIKELOOM_COMMAND) + " run network.json --out out --progress off", folder.path);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  std::istringstream rows(house::read(folder.path / "out/answer.csv"));
  std::string row;
  std::getline(rows, row);
  double highest = 0, at_ms = 0;
  while (std::getline(rows, row)) {
    double t = 0, value = 0;
    ASSERT_EQ(std::sscanf(row.c_str(), "answer,0,%lf,%lf", &t, &value), 2) << row;
    if (value > highest) highest = value, at_ms = t - 20000;
  }
  EXPECT_NEAR(highest, 1, 0.3);
  EXPECT_NEAR(at_ms, 700, 50);
}

TEST(Documentation, AddingAModelShowsTheExample) {
  const path page = house::source / "docs/adding-a-model.md";
  for (const std::string file : {"adaptive_threshold.hpp", "own_model.cpp"})
    EXPECT_TRUE(shows(page, "cpp", house::read(house::source / "examples/own_model" / file))) << file;
  EXPECT_TRUE(shows(page, "json", house::read(house::source / "examples/own_model/own_model.json")));
  EXPECT_TRUE(shows(page, "text", house::read(house::source / "examples/own_model/expected.txt")));
}

TEST(Documentation, ModelsPageIsWhatTheCommandPrints) {
  const auto ran = house::shell(std::string(SPIKELOOM_COMMAND) + " models --markdown", house::source);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  EXPECT_EQ(house::read(house::source / "docs/models.md"), ran.output)
      << "docs/models.md is generated: build/release/spikeloom models --markdown > docs/models.md";
}

TEST(Documentation, TheCommandPageExplainsEveryKeyThatARunPrints) {
  const std::string page = house::read(house::source / "docs/command.md");
  const auto run = house::run_example("izhikevich_2003/izhikevich_2003.json", "--duration-ms 10");
  EXPECT_GT(run.size(), 20u);
  for (const auto& [key, value] : run.items()) EXPECT_NE(page.find("`" + key + "`"), std::string::npos) << key;
}

TEST(Documentation, LinksBetweenPagesLeadSomewhere) {
  for (const path& page : pages()) {
    const std::string text = house::read(page);
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 2)) {
      std::string link = text.substr(at + 2, text.find(')', at) - at - 2);
      link = link.substr(0, link.find('#'));
      if (link.empty() || link.find("://") != std::string::npos || link.find('\n') != std::string::npos ||
          link.find(' ') != std::string::npos)
        continue;
      EXPECT_TRUE(house::fs::exists(page.parent_path() / link)) << page.string() << " links to " << link;
    }
  }
}

TEST(Documentation, EveryExampleHasAReadmeThatAsksAQuestion) {
  for (const auto& entry : house::fs::directory_iterator(house::source / "examples")) {
    if (!entry.is_directory()) continue;
    const path page = entry.path() / "README.md";
    ASSERT_TRUE(house::fs::exists(page)) << page.string();
    EXPECT_NE(house::read(page).substr(0, 400).find('?'), std::string::npos) << page.string();
  }
}

}  // namespace
