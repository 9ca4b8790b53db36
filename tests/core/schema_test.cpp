// The schema must tell what the reader checks, for every table and every model.
#include "core/schema.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/json/keys.hpp"

namespace spikeloom {
namespace {

constexpr Quantity parameters[] = {{"tau_ms", "ms", 10, 0, unbounded, true, "time constant"},
                                   {"gain", "", 1, 0, 2, false, "a factor"}};
constexpr Quantity states[] = {{"v_mV", "mV", 0, -unbounded, unbounded, false, "potential"}};
constexpr std::string_view schemes[] = {"euler"};

ModelSet one_model() {
  static const ModelTable table = [] {
    ModelTable made{};
    made.name = "toy";
    made.text = "A toy.";
    made.parameters = parameters;
    made.states = states;
    made.schemes = schemes;
    return made;
  }();
  NeuronModel model;
  model.table = &table;
  return ModelSet().add(model);
}

const Json& at(const Json& json, std::initializer_list<const char*> keys) {
  const Json* here = &json;
  for (const char* key : keys) {
    here = here->find(key);
    if (here == nullptr) throw std::runtime_error(std::string("no ") + key);
  }
  return *here;
}

TEST(Schema, HasEveryKeyOfEveryTableThatTheFileReaches) {
  const Json printed = schema(one_model());
  std::size_t tables = 0;
  std::set<const ObjectTable*> seen;
  std::vector<const ObjectTable*> open = {&tables::network};
  while (!open.empty()) {
    const ObjectTable& table = *open.back();
    open.pop_back();
    if (!seen.insert(&table).second) continue;
    ++tables;
    std::string name(table.name.substr(table.name.find(' ') + 1));
    for (char& c : name) c = c == ' ' || c == '\'' ? '_' : c;
    const Json& body = &table == &tables::network ? printed : at(printed, {"$defs", name.c_str()});
    for (const Key& key : table.keys) {
      EXPECT_NE(at(body, {"properties"}).find(key.name), nullptr) << table.name << ": " << key.name;
      EXPECT_FALSE(key.text.empty()) << table.name << ": " << key.name;
      if (key.table != nullptr) open.push_back(key.table);
    }
    EXPECT_EQ(at(body, {"properties"}).members().size(), table.keys.size());
  }
  EXPECT_GE(tables, 20u);
}

TEST(Schema, BoundsOfACurrentMayBeLeftOpen) {
  const Json printed = schema(one_model());
  EXPECT_EQ(at(printed, {"$defs", "signal_s_current", "properties", "clip", "$ref"}).text(), "#/$defs/bounds");
  EXPECT_EQ(to_text(at(printed, {"$defs", "bounds", "items", "anyOf"})).find("null") == std::string::npos, false);
}

TEST(Schema, EveryReferenceIsDefined) {
  const std::string text = to_text(schema(one_model()));
  const Json printed = parse_json(text).root;
  std::size_t count = 0;
  const std::string mark = "#/$defs/";
  for (std::size_t found = text.find(mark); found != std::string::npos; found = text.find(mark, found + 1)) {
    const std::size_t from = found + mark.size();
    const std::string name = text.substr(from, text.find('"', from) - from);
    EXPECT_NE(at(printed, {"$defs"}).find(name), nullptr) << name;
    ++count;
  }
  EXPECT_GT(count, 100u);
}

TEST(Schema, TellsTheParametersOfEachModel) {
  const Json printed = schema(one_model());
  const Json& rule = at(printed, {"$defs", "population", "allOf"}).items().at(0);
  EXPECT_EQ(at(rule, {"if", "properties", "model", "const"}).text(), "toy");
  const Json& tau = at(rule, {"then", "properties", "parameters", "properties", "tau_ms"});
  EXPECT_EQ(at(tau, {"default"}).number(), 10);
  EXPECT_EQ(at(tau, {"description"}).text(), "time constant [ms]; above 0");
  EXPECT_NO_THROW(at(rule, {"then", "properties", "initial", "properties", "v_mV"}));
}

TEST(Schema, IsTheSameEveryTime) { EXPECT_EQ(to_text(schema(one_model())), to_text(schema(one_model()))); }

}  // namespace
}  // namespace spikeloom
