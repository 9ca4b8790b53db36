// Every key and value of network files dropped, renamed, retyped and driven to extremes: the file then either compiles, or is
// refused with a documented exit code, a message, and the place at fault.
#include <gtest/gtest.h>

#include <ctime>

#include "apps/loading.hpp"
#include "core/errors.hpp"
#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;
const fs::path source = SPIKELOOM_SOURCE_DIR;

/// What each value is replaced by; a mark stands for text that no JSON library would write.
const std::vector<std::pair<std::string, std::string>>& marks() {
  static const std::vector<std::pair<std::string, std::string>> list = {
      {"@nan@", "NaN"},
      {"@infinite@", "-1e400"},
      {"@hexadecimal@", "0x10"},
      {"@half@", "\"\\ud800\""},
      {"@control@", "\"a\x01\""},
      {"@open@", "[1,"},
      {"@deep@", std::string(100000, '[')},
      {"@deeper@", "{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"},
      {"@digits@", std::string(5000, '9')},
      {"@long@", "\"" + std::string(100000, 'x') + "\""}};
  return list;
}

std::vector<json> replacements() {
  std::vector<json> list = {nullptr,
                            true,
                            "",
                            "=",
                            "=1/0",
                            "=0*(1/0)",
                            "=x",
                            json::array(),
                            json::object(),
                            json::array({json::array()}),
                            {{"uniform", {1, 0}}},
                            {{"normal", {{"mean", 0}, {"sd", 1}, {"min", 50}}}},
                            {{"lognormal", {{"mean", 1}, {"sd", 1e300}}}},
                            {{"mixture", json::array()}},
                            {{"file", "nothing.csv"}},
                            -1,
                            0,
                            -0.0,
                            0.5,
                            5e-324,
                            1.7e308,
                            -1e300,
                            4294967296.0,
                            9223372036854775808.0,
                            "E[5:1]",
                            "E[::0]",
                            "E[-1:99999999999]"};
  for (const auto& [mark, text] : marks()) list.push_back(mark);
  return list;
}

/// Pointers to all values; of an array only the first few.
void collect(const json& value, const json::json_pointer& at, std::vector<json::json_pointer>& found) {
  if (!at.empty()) found.push_back(at);
  if (value.is_object())
    for (const auto& [key, member] : value.items()) collect(member, at / key, found);
  for (std::size_t i = 0; value.is_array() && i < std::min<std::size_t>(value.size(), 3); ++i) collect(value[i], at / i, found);
}

std::string written(const json& document) {
  std::string text = document.dump();
  for (const auto& [mark, raw] : marks())
    for (std::size_t at = 0; (at = text.find("\"" + mark + "\"")) != text.npos;) text.replace(at, mark.size() + 2, raw);
  return text;
}

class Mutations {
 public:
  /// The files that the network file names lie beside it, and so they do here.
  explicit Mutations(const fs::path& file) {
    for (const auto& beside : fs::directory_iterator(file.parent_path()))
      if (beside.is_regular_file() && beside.path().extension() == ".bin")
        fs::copy(beside, shop_ / beside.path().filename().string());
    original_ = json::parse(text_of(file), nullptr, true, true);
    // Of a network of millions of synapses a law that has no fast form takes its time; a tenth of it tells as much.
    if (original_.contains("/parameters/scale"_json_pointer)) original_["parameters"]["scale"] = 0.1;
  }

  void all() {
    std::vector<json::json_pointer> places;
    collect(original_, json::json_pointer(), places);
    for (const auto& place : places) {
      changed_ = original_;
      json& holder = changed_[place.parent_pointer()];
      if (holder.is_object()) holder.erase(place.back());
      else holder.erase(std::stoul(place.back()));
      expect_answer("drop " + place.to_string());
      if (holder.is_object()) {
        holder[place.back() + "q"] = original_[place];
        expect_answer("rename " + place.to_string());
      }
      for (const json& value : replacements()) {
        changed_ = original_;
        changed_[place] = value;
        expect_answer(place.to_string() + " = " + value.dump());
      }
    }
  }

  int refused = 0, accepted = 0;

 private:
  void expect_answer(const std::string& what) {
    shop_.write("n.json", written(changed_));
    Options options;
    options.file = (shop_ / "n.json").string();
    const std::clock_t start = std::clock();  // of the processor, which others may use too
    try {
      compile_network(load_network(options), options);
      ++accepted;
    } catch (const Error& error) {
      ++refused;
      EXPECT_TRUE(error.exit == Exit::bad_input || error.exit == Exit::refused) << what << ": " << error.what();
      EXPECT_STRNE(error.what(), "") << what;
      EXPECT_EQ(error.file, options.file) << what << ": " << error.what();
      EXPECT_GT(error.where.line, 0) << what << ": " << error.kind << " " << error.what();
      // The root's own path is empty.
      const bool at_root = error.kind == "syntax" || error.kind == "missing" || error.kind == "type";
      EXPECT_TRUE(at_root || !error.where.path.empty()) << what << ": " << error.kind << " " << error.what();
    }
    EXPECT_LT(std::clock() - start, 10 * CLOCKS_PER_SEC) << what;
  }

  Workshop shop_;
  json original_, changed_;
};

void mutate(const fs::path& file) {
  Mutations mutations(file);
  mutations.all();
  EXPECT_GT(mutations.refused, 100) << file;
  EXPECT_GT(mutations.accepted, 10) << file;
}

TEST(MutatedFiles, AreRefusedWithTheirPlaceOrCompile) {
  mutate(source / "tests/data/all_sorts.json");
  mutate(source / "examples/izhikevich_2003/izhikevich_2003.json");
}

/// Not so are changes that an example's program makes to a network, and a network whose model lives outside the library.
bool is_whole_network(const fs::path& file) {
  Options options;
  options.file = file.string();
  try {
    compile_network(load_network(options), options);
    return true;
  } catch (const Error&) { return false; }
}

TEST(LongMutatedFiles, OfAllExamplesAreRefusedWithTheirPlaceOrCompile) {
  int networks = 0;
  for (const auto& entry : fs::recursive_directory_iterator(source / "examples"))
    if (entry.path().extension() == ".json" && is_whole_network(entry.path())) mutate(entry.path()), ++networks;
  EXPECT_GE(networks, 20);
}

}  // namespace
}  // namespace spikeloom
