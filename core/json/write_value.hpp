// Small pieces that the writer of network files is made of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json/document.hpp"
#include "core/network.hpp"

namespace spikeloom {

Json json_pair(Json a, Json b);
Json json_object(std::string key, Json value);  ///< an object of one member
Json json_numbers(const std::vector<double>& values);
Json json_scalars(const std::vector<Value>& values);
Json to_json(const Value& value);
Json to_json(const NamedValues& values);
Json to_json(const StepTable& table);
std::string slice_text(const Slice& slice);
Json to_json(const Signal& signal);
Json to_json(const SignalCurrent& current);
Json to_json(const Modulation& modulation);
Json to_json(const Phase& phase);

/// Members that are absent or empty are not written.
void set_if(Json& object, const char* key, const std::optional<Value>& value);
void set_if(Json& object, const char* key, const std::string& text);
void set_if(Json& object, const char* key, const NamedValues& values);

}  // namespace spikeloom
