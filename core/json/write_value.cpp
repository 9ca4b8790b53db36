// Numbers of a description in all their forms, back into JSON.
#include "core/json/write_value.hpp"

#include <fmt/format.h>

#include <cmath>

namespace spikeloom {

Json json_pair(Json a, Json b) {
  Json result = Json::array();
  result.push(std::move(a));
  result.push(std::move(b));
  return result;
}

Json json_numbers(const std::vector<double>& values) {
  Json result = Json::array();
  result.items().reserve(values.size());
  for (const double value : values) result.push(value);
  return result;
}

Json json_object(std::string key, Json value) {
  Json result = Json::object();
  result.set(std::move(key), std::move(value));
  return result;
}

static Json to_json(const Distribution& distribution) {
  using Law = Distribution::Law;
  const std::vector<Value>& arguments = distribution.arguments;
  const auto object = [&](std::initializer_list<const char*> keys) {
    Json result = Json::object();
    std::size_t k = 0;
    for (const char* key : keys) result.set(key, to_json(arguments.at(k++)));
    return result;
  };
  switch (distribution.law) {
    case Law::uniform: return json_object("uniform", json_scalars(arguments));
    case Law::log_uniform: return json_object("log_uniform", json_scalars(arguments));
    case Law::uniform_int: return json_object("uniform_int", json_scalars(arguments));
    case Law::lognormal: return json_object("lognormal", object({"mean", "sd"}));
    case Law::exponential: return json_object("exponential", object({"mean"}));
    case Law::gamma: return json_object("gamma", object({"mean", "shape"}));
    case Law::mixture: {
      Json parts = Json::array();
      for (std::size_t k = 0; k + 1 < arguments.size(); k += 2)
        parts.push(json_pair(to_json(arguments[k]), to_json(arguments[k + 1])));
      return json_object("mixture", std::move(parts));
    }
    case Law::normal: break;
  }
  Json normal = object({"mean", "sd"});
  for (std::size_t k = 0; k < distribution.bounds.size() && k < 2; ++k) {
    const auto* bound = std::get_if<double>(&distribution.bounds[k].form);
    if (bound == nullptr || std::isfinite(*bound)) normal.set(k == 0 ? "min" : "max", to_json(distribution.bounds[k]));
  }
  if (distribution.clip) normal.set("clip", true);
  return json_object("normal", std::move(normal));
}

Json to_json(const Value& value) {
  struct Visitor {
    Json operator()(double number) const { return number; }
    Json operator()(const Expression& expression) const { return "=" + expression.text; }
    Json operator()(const std::vector<double>& array) const { return json_numbers(array); }
    Json operator()(const Distribution& distribution) const { return to_json(distribution); }
    Json operator()(const FileColumn& column) const {
      Json result = json_object("file", column.file);
      if (!column.column.empty()) result.set("column", column.column);
      return result;
    }
  };
  return std::visit(Visitor{}, value.form);
}

Json json_scalars(const std::vector<Value>& values) {
  Json result = Json::array();
  for (const Value& value : values) result.push(to_json(value));
  return result;
}

Json to_json(const NamedValues& values) {
  Json result = Json::object();
  for (const auto& [name, value] : values) result.set(name, to_json(value));
  return result;
}

Json to_json(const StepTable& table) {
  Json result = Json::array();
  for (const auto& [time, value] : table) result.push(json_pair(to_json(time), to_json(value)));
  return result;
}

void set_if(Json& object, const char* key, const std::optional<Value>& value) {
  if (value) object.set(key, to_json(*value));
}
void set_if(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object.set(key, text);
}
void set_if(Json& object, const char* key, const NamedValues& values) {
  if (!values.empty()) object.set(key, to_json(values));
}

std::string slice_text(const Slice& slice) {
  if (slice.first == 0 && !slice.last && slice.stride == 1) return slice.name;
  const std::string last = slice.last ? std::to_string(*slice.last) : "";
  return slice.stride == 1 ? fmt::format("{}[{}:{}]", slice.name, slice.first, last)
                           : fmt::format("{}[{}:{}:{}]", slice.name, slice.first, last, slice.stride);
}

}  // namespace spikeloom
