// The schema must tell what the reader checks, for every table and every model.
#include "core/schema.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/json/keys.hpp"
#include "core/network_json.hpp"

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

/// The kind of error with which the reader refuses `text`; empty: it takes it.
std::string refusal(const std::string& text) {
  try {
    network_from_json(parse_json(text));
  } catch (const Error& error) { return error.kind; }
  return "";
}

TEST(Schema, KeysThatGoTogetherAreThoseOfTheReader) {
  const Json printed = schema(one_model());
  const auto company = [&](const char* object, const char* key) {
    return to_text(at(printed, {"$defs", object, "dependentSchemas", key}));
  };
  const auto both = [](const char* text, const char* first, const char* second) {
    const std::string all = text;
    return all.find(first) != std::string::npos && all.find(second) != std::string::npos;
  };
  EXPECT_TRUE(both(company("signal", "tau_ms").c_str(), "\"trace_of\"", "\"rate_of\""));
  EXPECT_NE(company("signal", "trace_of").find("\"tau_ms\""), std::string::npos);
  EXPECT_NE(company("input", "weight").find("\"to\""), std::string::npos);
  EXPECT_TRUE(both(company("probe", "state").c_str(), "\"of\"", "\"every_ms\""));
  const std::string start = R"({"spikeloom": 1, "populations": {"A": {"size": 1, "model": "toy"}}, )";
  EXPECT_EQ(refusal(start + R"("signals": {"s": {"trace_of": "A"}}})"), "missing");
  EXPECT_EQ(refusal(start + R"("signals": {"s": {"external": 1, "tau_ms": 1}}})"), "conflict");
  EXPECT_EQ(refusal(start + R"("inputs": {"i": {"external": 1, "weight": 1}}})"), "conflict");
  EXPECT_EQ(refusal(start + R"("inputs": {"i": {"current": {"value": 1}}}})"), "missing");
  EXPECT_EQ(refusal(start + R"("probes": [{"state": "v_mV", "every_ms": 1}]})"), "missing");
  EXPECT_EQ(refusal(start + R"("probes": [{"state": "v_mV", "of": "A"}]})"), "missing");
  EXPECT_EQ(refusal(start + R"("signals": {"s": {"trace_of": "A", "tau_ms": 1}}})"), "") << "the control";
}

TEST(Schema, NamesAreNotEmptyAndTextsForPeopleMayBe) {
  const Json printed = schema(one_model());
  EXPECT_EQ(at(printed, {"$defs", "population", "properties", "scheme", "minLength"}).number(), 1);
  EXPECT_EQ(at(printed, {"properties", "description"}).find("minLength"), nullptr);
  EXPECT_EQ(at(printed, {"properties", "spikeloom", "const"}).number(), 1);
  EXPECT_EQ(refusal(R"({"spikeloom": 1, "populations": {"A": {"size": 1, "model": "toy", "scheme": ""}}})"), "range");
  EXPECT_EQ(refusal(R"({"spikeloom": 1, "name": "", "description": ""})"), "");
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
