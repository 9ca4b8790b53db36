// Tables of keys and models become a JSON Schema; no fact about the format stands here.
#include "core/schema.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "core/json/keys.hpp"
#include "core/rule.hpp"

namespace spikeloom {
namespace {

Json object_of(std::initializer_list<std::pair<const char*, Json>> members) {
  Json result = Json::object();
  for (const auto& [key, value] : members) result.set(key, value);
  return result;
}

Json array_of(std::vector<Json> items) { return Json(JsonArray(std::move(items))); }

Json type(const char* name) { return object_of({{"type", name}}); }
Json list_of(Json items) { return object_of({{"type", "array"}, {"items", std::move(items)}}); }
Json map_of(Json values) { return object_of({{"type", "object"}, {"additionalProperties", std::move(values)}}); }
Json reference(std::string_view name) { return object_of({{"$ref", fmt::format("#/$defs/{}", name)}}); }

/// "a population" -> "population".
std::string definition_name(const ObjectTable& table) {
  std::string name(table.name.substr(table.name.find(' ') + 1));
  for (char& c : name) {
    if (c == ' ' || c == '\'') c = '_';
  }
  return name;
}

/// Shapes that do not depend on the key.
Json shared_definitions() {
  Json scalar = object_of({{"anyOf", array_of({type("number"), reference("expression")})}});
  Json pairs = list_of(object_of({{"type", "array"},
                                  {"prefixItems", array_of({reference("scalar"), reference("scalar")})},
                                  {"minItems", 2},
                                  {"maxItems", 2}}));
  Json part = object_of(
      {{"type", "array"},
       {"prefixItems",
        array_of({reference("scalar"), object_of({{"anyOf", array_of({reference("scalar"), reference("distribution")})}})})},
       {"minItems", 2},
       {"maxItems", 2}});
  Json edge = object_of(
      {{"type", "array"},
       {"prefixItems", array_of({reference("scalar"), reference("scalar"),
                                 object_of({{"anyOf", array_of({reference("scalar"), type("null")})}}), reference("scalar")})},
       {"minItems", 2},
       {"maxItems", 4}});
  Json bounds = object_of({{"type", "array"},
                           {"items", object_of({{"anyOf", array_of({reference("scalar"), type("null")})}})},
                           {"minItems", 2},
                           {"maxItems", 2}});
  return object_of({
      {"expression", object_of({{"type", "string"},
                                {"pattern", "^="},
                                {"description", "arithmetic on numbers, parameters and draws, such as \"=sqrt(K)*w\""}})},
      {"scalar", std::move(scalar)},
      {"numbers", list_of(reference("scalar"))},
      {"matrix", list_of(list_of(object_of({{"anyOf", array_of({reference("scalar"), reference("distribution")})}})))},
      {"steps", std::move(pairs)},
      {"mixture", list_of(std::move(part))},
      {"edges", list_of(std::move(edge))},
      {"bounds", std::move(bounds)},
      {"clips", list_of(reference("bounds"))},
      {"value", object_of({{"anyOf", array_of({reference("scalar"), reference("numbers"), reference("distribution"),
                                               reference("file_column")})}})},
  });
}

class Printer {
 public:
  explicit Printer(Json& definitions) : definitions_(definitions) {}

  Json print(const ObjectTable& table) {
    const std::string name = definition_name(table);
    if (printed_.insert(name).second) definitions_.set(name, body(table));
    return reference(name);
  }

  Json body(const ObjectTable& table) {
    Json result = object_of({{"type", "object"}, {"description", table.text}});
    if (!table.open) result.set("additionalProperties", false);
    Json properties = Json::object(), required = Json::array(), kinds = Json::array(), company = Json::object();
    for (const Key& key : table.keys) {
      properties.set(std::string(key.name), property(key));
      if (auto conditions = company_of(key); !conditions.empty())
        company.set(std::string(key.name), object_of({{"allOf", array_of(std::move(conditions))}}));
      if (key.status == Key::required) required.push(key.name);
      if (key.names_the_kind()) kinds.push(object_of({{"required", array_of({Json(key.name)})}}));
    }
    result.set("properties", std::move(properties));
    if (!required.items().empty()) result.set("required", std::move(required));
    if (!kinds.items().empty()) result.set("oneOf", std::move(kinds));
    if (!company.members().empty()) result.set("dependentSchemas", std::move(company));
    return result;
  }

 private:
  /// What must stand beside a key.
  static std::vector<Json> company_of(const Key& key) {
    std::vector<Json> conditions;
    const auto one_of = [&](std::string_view names) {
      std::vector<Json> forms;
      for (const std::string& name : split(names, '|')) forms.push_back(object_of({{"required", array_of({Json(name)})}}));
      conditions.push_back(object_of({{"anyOf", array_of(std::move(forms))}}));
    };
    if (!key.beside.empty()) one_of(key.beside);
    for (const std::string& group : split(key.needs, ',')) one_of(group);
    return conditions;
  }

  Json property(const Key& key) {
    std::string text(key.text);
    if (!key.allowed.empty() && key.choices().empty()) text += fmt::format(" (allowed: {})", key.allowed);
    if (!key.supported()) text += " (not in this version)";
    std::vector<Json> forms = shapes(key);
    Json result = Json::object();
    if (forms.size() == 1 && forms[0].is_object()) result = std::move(forms[0]);
    else if (forms.size() > 1) result.set("anyOf", array_of(std::move(forms)));
    result.set("description", std::move(text));
    return result;
  }

  std::vector<Json> shapes(const Key& key) {
    std::vector<Json> forms;
    std::uint32_t rest = key.shapes;
    if (rest & Shape::anything) return forms;
    const auto take = [&](std::uint32_t shape, auto make) {
      if ((rest & shape) != shape) return;
      forms.push_back(make());
      rest &= ~shape;
    };
    take(Shape::value, [] { return reference("value"); });
    take(Shape::scalar, [] { return reference("scalar"); });
    take(Shape::number, [&] { return key.allowed == "1" ? object_of({{"const", 1}}) : type("number"); });
    take(Shape::expression, [] { return reference("expression"); });
    take(Shape::numbers, [] { return reference("numbers"); });
    take(Shape::random, [&] { return print(tables::distribution); });
    take(Shape::file_column, [&] { return print(tables::file_column); });
    take(Shape::steps, [] { return reference("steps"); });
    take(Shape::matrix, [] { return reference("matrix"); });
    take(Shape::mixture, [] { return reference("mixture"); });
    take(Shape::edges, [] { return reference("edges"); });
    take(Shape::bounds, [] { return reference("bounds"); });
    take(Shape::clips, [] { return reference("clips"); });
    take(Shape::text, [&] { return text_form(key); });
    take(Shape::prose, [] { return type("string"); });
    take(Shape::texts, [] { return list_of(type("string")); });
    take(Shape::flag, [] { return type("boolean"); });
    take(Shape::object, [&] {
      return key.table != nullptr ? print(*key.table) : object_of({{"type", "object"}, {"additionalProperties", false}});
    });
    take(Shape::objects, [&] { return list_of(print(*key.table)); });
    take(Shape::object_map, [&] { return map_of(print(*key.table)); });
    take(Shape::value_map, [] { return map_of(reference("value")); });
    take(Shape::scalar_map, [] { return map_of(reference("scalar")); });
    take(Shape::text_map, [] { return map_of(list_of(type("string"))); });
    take(Shape::with_map, [&] {
      return map_of(object_of({{"anyOf", array_of({reference("scalar"), reference("matrix"), print(*key.table)})}}));
    });
    return forms;
  }

  static Json text_form(const Key& key) {
    std::vector<Json> choices;
    for (std::string& choice : key.choices()) choices.emplace_back(std::move(choice));
    return choices.empty() ? object_of({{"type", "string"}, {"minLength", 1}})
                           : object_of({{"enum", array_of(std::move(choices))}});
  }

  Json& definitions_;
  std::set<std::string> printed_;
};

std::string range_text(const Quantity& quantity) {
  const bool low = std::isfinite(quantity.low), high = std::isfinite(quantity.high);
  std::string text;
  if (low) text += fmt::format("{} {}", quantity.open_low ? "above" : "at least", quantity.low);
  if (high) text += fmt::format("{}at most {}", low ? ", " : "", quantity.high);
  return text;
}

Json quantities(std::span<const Quantity> table, const char* shape) {
  Json properties = Json::object();
  for (const Quantity& quantity : table) {
    std::string text(quantity.text);
    if (!quantity.unit.empty()) text += fmt::format(" [{}]", quantity.unit);
    const std::string range = range_text(quantity);
    if (!range.empty()) text += fmt::format("; {}", range);
    Json property = object_of({{"anyOf", array_of({reference(shape)})}, {"description", std::move(text)}});
    if (std::isfinite(quantity.initial)) property.set("default", quantity.initial);
    properties.set(std::string(quantity.name), std::move(property));
  }
  return object_of({{"properties", std::move(properties)}, {"additionalProperties", false}});
}

std::vector<Json> texts(std::span<const std::string_view> names) {
  std::vector<Json> result;
  for (const std::string_view name : names) result.emplace_back(name);
  return result;
}

/// What follows from a population's model.
Json of_model(const ModelTable& table) {
  Json properties =
      object_of({{"parameters", quantities(table.parameters, "value")}, {"initial", quantities(table.states, "value")}});
  properties.set("scheme", object_of({{"enum", array_of(texts(table.schemes))}}));
  return object_of({{"if", object_of({{"properties", object_of({{"model", object_of({{"const", table.name}})}})}})},
                    {"then", object_of({{"properties", std::move(properties)}})}});
}

void add_models(Json& population, const ModelSet& models) {
  std::vector<Json> names, rules;
  for (const NeuronModel& model : models.all()) {
    names.push_back(object_of({{"const", model.table->name}, {"description", model.table->text}}));
    rules.push_back(of_model(*model.table));
  }
  if (names.empty()) return;
  population.find("properties")->find("model")->set("oneOf", array_of(std::move(names)));
  population.set("allOf", array_of(std::move(rules)));
}

/// What follows from a rule: its parameters and options beside the keys that all rules have.
Json of_rule(const RuleTable& table) {
  Json properties = *quantities(table.parameters, "scalar").find("properties");
  for (const Key& key : tables::plasticity.keys) properties.set(std::string(key.name), Json::object());
  for (const RuleOption& option : table.options)
    properties.set(
        std::string(option.name),
        object_of({{"enum", array_of(texts(option.choices))}, {"default", option.choices[0]}, {"description", option.text}}));
  return object_of({{"if", object_of({{"properties", object_of({{"rule", object_of({{"const", table.name}})}})}})},
                    {"then", object_of({{"properties", std::move(properties)}, {"additionalProperties", false}})}});
}

void add_rules(Json& plasticity, const ModelSet& models) {
  std::vector<Json> names, rules;
  for (const auto& rule : models.rules()) {
    names.push_back(object_of({{"const", rule->table->name}, {"description", rule->table->text}}));
    rules.push_back(of_rule(*rule->table));
  }
  if (names.empty()) return;
  plasticity.find("properties")->find("rule")->set("oneOf", array_of(std::move(names)));
  plasticity.set("allOf", array_of(std::move(rules)));
}

}  // namespace

Json schema(const ModelSet& models) {
  Json definitions = shared_definitions();
  Printer printer(definitions);
  printer.print(tables::distribution);
  printer.print(tables::file_column);
  Json result = object_of({{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Spikeloom network file"}});
  const Json body = printer.body(tables::network);
  for (const JsonMember& member : body.members()) result.set(member.key, member.value);
  add_models(*definitions.find("population"), models);
  add_rules(*definitions.find("plasticity_rule"), models);
  result.set("$defs", std::move(definitions));
  return result;
}

}  // namespace spikeloom
