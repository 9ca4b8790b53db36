// Numbers of the network file in all their forms.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/expression.hpp"
#include "core/json/reader.hpp"

namespace spikeloom {
namespace {

bool is_matrix(const Json& json) { return json.is_array() && !json.items().empty() && json.items()[0].is_array(); }

Value placed(Value value, const Place& place) {
  value.where = place.where();
  return value;
}

Error scalar_error(const Place& place) {
  const std::string hint = place->is_text() ? "; an expression starts with \"=\"" : "";
  return place.error("type", fmt::format("one number is wanted here, not {}{}", kind_of(place.json()), hint))
      .with_allowed("a number or an \"=expression\"");
}

/// Entries of arrays are evaluated while reading; beyond this many different texts a file is more likely hostile than useful.
constexpr std::size_t most_expressions = 20'000;

struct LawName {
  const char* name;
  Distribution::Law law;
  std::vector<const char*> arguments;  ///< keys of an object; none: an array of two
};

const std::vector<LawName>& laws() {
  using Law = Distribution::Law;
  static const std::vector<LawName> all = {{"uniform", Law::uniform, {}},
                                           {"normal", Law::normal, {"mean", "sd"}},
                                           {"lognormal", Law::lognormal, {"mean", "sd"}},
                                           {"exponential", Law::exponential, {"mean"}},
                                           {"gamma", Law::gamma, {"mean", "shape"}},
                                           {"log_uniform", Law::log_uniform, {}},
                                           {"uniform_int", Law::uniform_int, {}},
                                           {"mixture", Law::mixture, {}}};
  return all;
}

}  // namespace

Value Reader::read_scalar(const Place& place) {
  if (place->is_number()) return placed(place->number(), place);
  if (place->is_text() && place->text().starts_with('=')) {
    std::string text = place->text().substr(1);
    variables(text, place.where());  // finds mistakes of grammar here, where the place is known
    return placed(Expression{std::move(text)}, place);
  }
  if (!is_matrix(place.json())) throw scalar_error(place);
  if (!in_blocks_) {
    throw place.error("type", "a matrix stands only where \"from\" or \"to\" is an array")
        .with_allowed("a number or an \"=expression\"");
  }
  const std::string wanted = fmt::format("{} rows (to) of {} columns (from)", block_.rows, block_.columns);
  if (place->items().size() != block_.rows) {
    throw place.error("range", fmt::format("the matrix has {} rows", place->items().size())).with_allowed(wanted);
  }
  for (std::size_t row = 0; row < block_.rows; ++row) {
    const Place line = place.at(row);
    if (!line->is_array()) throw line.error("type", "a row of a matrix is an array").with_allowed(wanted);
    if (line->items().size() != block_.columns) {
      throw line.error("range", fmt::format("the row of the matrix has {} columns", line->items().size())).with_allowed(wanted);
    }
  }
  const Place row = place.at(block_.row);
  const Place entry = row.at(block_.column);
  if (entry->is_array()) throw scalar_error(entry);
  return read_value(entry);
}

Value Reader::read_value(const Place& place) {
  if (place->is_array() && !is_matrix(place.json())) return placed(read_numbers(place), place);
  if (!place->is_object()) return read_scalar(place);
  if (place->find("file") == nullptr) return placed(read_distribution(place), place);
  const Fields fields(place, tables::file_column);
  FileColumn column{fields.text("file"), fields.text("column")};
  const bool csv = column.file.ends_with(".csv");
  if (!csv && !column.file.ends_with(".npy")) {
    const Place file = fields["file"];
    throw file.error("range", "the file of numbers has an unknown ending").with_allowed("names that end with .csv or .npy");
  }
  if (csv) fields.require("column");
  else fields.refuse_with("column", "an .npy file");
  return placed(std::move(column), place);
}

Distribution Reader::read_distribution(const Place& place) {
  const Fields fields(place, tables::distribution);
  const auto& law = *std::find_if(laws().begin(), laws().end(), [&](const LawName& each) { return fields.kind() == each.name; });
  const Place inner = fields[law.name];
  Distribution result;
  result.law = law.law;
  if (law.law == Distribution::Law::mixture) {
    for (std::size_t k = 0; k < inner->items().size(); ++k) {
      const Place part = inner.at(k);
      if (!part->is_array() || part->items().size() != 2)
        throw part.error("type", "a part of a mixture is [share, value]").with_allowed("[share, value]");
      const Place share = part.at(std::size_t{0});
      const Place value = part.at(1);
      result.arguments.push_back(read_scalar(share));
      if (value->is_object() && value->find("file") != nullptr) throw scalar_error(value);
      result.arguments.push_back(value->is_object() ? read_value(value) : read_scalar(value));
    }
    if (result.arguments.empty())
      throw inner.error("range", "a mixture needs at least one part").with_allowed("[[share, value], ...]");
  } else if (law.arguments.empty()) {
    result.arguments = read_scalars(inner, 2, 2);
  } else {
    const Fields parts(inner, *tables::distribution.find(law.name)->table);
    for (const char* key : law.arguments) {
      const Place argument = parts[key];
      result.arguments.push_back(read_scalar(argument));
    }
    if (parts.has("min") || parts.has("max")) {
      constexpr double infinity = std::numeric_limits<double>::infinity();
      result.bounds = {scalar_or(parts, "min", -infinity), scalar_or(parts, "max", infinity)};
    }
    if (law.law == Distribution::Law::normal) result.clip = parts.flag("clip", false);
  }
  return result;
}

double Reader::evaluate_now(const Place& place) {
  const std::string text = place->text().substr(1);
  const auto known = evaluated_.find(text);
  if (known != evaluated_.end()) return known->second;
  if (evaluated_.size() >= most_expressions) {
    throw place.error("limit", "too many different expressions in arrays; write numbers, or use a file")
        .with_allowed(fmt::format("at most {}", most_expressions));
  }
  if (!parameters_) parameters_ = resolve_parameters(network_.parameters);
  std::vector<std::string> names = variables(text, place.where());
  const auto known_name = [&](const std::string& name) { return parameters_->contains(name); };
  if (!std::all_of(names.begin(), names.end(), known_name)) {  // the message about it comes from the expression
    names.clear();
    for (const auto& [name, value] : *parameters_) names.push_back(name);
  }
  std::vector<double> values;
  for (const std::string& name : names) values.push_back(parameters_->at(name));
  return evaluated_[text] = CompiledExpression(text, names, place.where()).evaluate(values.data());
}

double Reader::read_number(const Place& place) {
  if (place->is_number()) return place->number();
  if (place->is_text() && place->text().starts_with('=')) return evaluate_now(place);
  throw scalar_error(place);
}

std::int64_t Reader::read_whole(const Place& place, std::int64_t low, std::int64_t high) {
  const double number = read_number(place);
  const double whole = std::round(number);
  const std::string allowed = fmt::format("whole numbers from {} to {}", low, high);
  if (std::fabs(number - whole) > 1e-9)
    throw place.error("range", fmt::format("{} is not a whole number", number)).with_allowed(allowed);
  if (!(whole >= static_cast<double>(low) && whole <= static_cast<double>(high))) {
    throw place.error("range", fmt::format("{} is out of range", number)).with_allowed(allowed);
  }
  return static_cast<std::int64_t>(whole);
}

std::vector<double> Reader::read_numbers(const Place& place) {
  if (!place->is_array())
    throw place.error("type", fmt::format("an array of numbers is wanted here, not {}", kind_of(place.json())));
  std::vector<double> numbers;
  numbers.reserve(place->items().size());
  for (std::size_t k = 0; k < place->items().size(); ++k) numbers.push_back(read_number(place.at(k)));
  return numbers;
}

std::vector<double> Reader::read_rows(const Place& place) {
  if (!place->is_array()) return {read_number(place)};
  if (!is_matrix(place.json())) return read_numbers(place);
  std::vector<double> numbers;
  std::size_t columns = 0;
  for (std::size_t row = 0; row < place->items().size(); ++row) {
    const Place line = place.at(row);
    const std::vector<double> more = read_numbers(line);
    if (row == 0) columns = more.size();
    if (more.size() != columns)
      throw line.error("range", fmt::format("row {} has {} numbers, row 0 has {}", row, more.size(), columns))
          .with_allowed("rows of equal length");
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
  return numbers;
}

std::vector<Value> Reader::read_scalars(const Place& place, std::size_t at_least, std::size_t at_most) {
  const std::string wanted = at_least == at_most ? fmt::format("an array of {} numbers", at_least)
                                                 : fmt::format("an array of at least {} numbers", at_least);
  if (!place->is_array())
    throw place.error("type", fmt::format("an array is wanted here, not {}", kind_of(place.json()))).with_allowed(wanted);
  const std::size_t count = place->items().size();
  if (count < at_least || count > at_most)
    throw place.error("range", fmt::format("the array has {} items", count)).with_allowed(wanted);
  std::vector<Value> values;
  for (std::size_t k = 0; k < count; ++k) {
    const Place item = place.at(k);
    values.push_back(read_scalar(item));
  }
  return values;
}

std::vector<Value> Reader::read_one_or_more(const Place& place) {
  if (place->is_array()) return read_scalars(place, 1, json_limits::values);
  return {read_scalar(place)};
}

StepTable Reader::read_steps(const Place& place) {
  StepTable table;
  for (std::size_t k = 0; k < place->items().size(); ++k) {
    const Place row = place.at(k);
    if (!row->is_array() || row->items().size() != 2)
      throw row.error("type", "a row of this table is [t_ms, value]").with_allowed("[t_ms, value]");
    const Place time = row.at(std::size_t{0});
    const Place number = row.at(1);
    table.emplace_back(read_scalar(time), read_scalar(number));
  }
  if (table.empty()) throw place.error("range", "the table is empty").with_allowed("[[t_ms, value], ...] with at least one row");
  return table;
}

NamedValues Reader::read_named(const Place& place, bool variables) {
  NamedValues values;
  for (const JsonMember& member : place->members()) {
    const Place at = place.at(member);
    if (variables && !is_variable_name(member.key)) {
      throw at.error("range", fmt::format("\"{}\" cannot be a name in expressions", member.key.substr(0, 60)))
          .with_value(member.key.substr(0, 60))
          .with_allowed("letters, digits and _, not starting with a digit, not pi or a function");
    }
    values.emplace(member.key, read_value(at));
  }
  return values;
}

std::optional<Value> Reader::optional_scalar(const Fields& fields, std::string_view key) {
  const std::optional<Place> place = fields.find(key);
  if (!place) return std::nullopt;
  return read_scalar(*place);
}

std::optional<Value> Reader::optional_value(const Fields& fields, std::string_view key) {
  const std::optional<Place> place = fields.find(key);
  if (!place) return std::nullopt;
  return read_value(*place);
}

Value Reader::scalar_or(const Fields& fields, std::string_view key, double otherwise) {
  return optional_scalar(fields, key).value_or(Value(otherwise));
}

Slice Reader::read_slice(const Place& place) {
  if (!place->is_text())
    throw place.error("type", fmt::format("a name is wanted here, not {}", kind_of(place.json())))
        .with_allowed("name, name[a:b] or name[a:b:step]");
  return parse_slice(place->text(), place.where());
}

}  // namespace spikeloom
