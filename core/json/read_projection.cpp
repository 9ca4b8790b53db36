// Projections of the network file; arrays of names become one projection per block.
#include <fmt/format.h>

#include <limits>

#include "core/json/reader.hpp"

namespace spikeloom {
namespace {

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_blocks = 65'536;
constexpr std::int64_t last_cell = (std::int64_t{1} << 32) - 3;

struct CountedKind {
  const char* key;
  Connector::Kind kind;
};
constexpr CountedKind counted[] = {{"fixed_probability", Connector::Kind::fixed_probability},
                                   {"fixed_in_degree", Connector::Kind::fixed_in_degree},
                                   {"fixed_out_degree", Connector::Kind::fixed_out_degree},
                                   {"fixed_total", Connector::Kind::fixed_total}};

/// A block whose count or probability is written as 0 is no projection.
bool is_empty_block(const Connector& connector) {
  for (const CountedKind& each : counted) {
    if (connector.kind == each.kind) return connector.count.is_number() && std::get<double>(connector.count.form) == 0;
  }
  return false;
}

std::size_t numbers_in(const Value& value) {
  const auto* array = std::get_if<std::vector<double>>(&value.form);
  return array == nullptr ? 1 : array->size();
}

/// What a projection holds in memory, roughly in numbers: blocks repeat the arrays of their projection.
std::size_t numbers_in(const Projection& projection) {
  std::size_t count = 4 * projection.connect.edges.size() + 4 * projection.connect.kernel.size();
  for (const auto* value : {&projection.weight, &projection.delay_ms, &projection.axonal_ms, &projection.dendritic_ms}) {
    if (*value) count += numbers_in(**value);
  }
  for (const auto& [name, value] : projection.draw) count += numbers_in(value);
  return count;
}

}  // namespace

void Reader::read_projection(const Place& place) {
  const Fields fields(place, tables::projection);
  const auto ends = [&](const char* key) {
    const Place end = fields[key];
    std::vector<Slice> slices;
    if (end->is_text()) slices.push_back(read_slice(end));
    else
      for (std::size_t k = 0; k < end->items().size(); ++k) slices.push_back(read_slice(end.at(k)));
    if (slices.empty()) throw end.error("range", fmt::format("\"{}\" names nothing", key)).with_allowed("at least one name");
    return slices;
  };
  const std::vector<Slice> from = ends("from"), to = ends("to");
  in_blocks_ = fields["from"]->is_array() || fields["to"]->is_array();
  if (in_blocks_ && fields.has("name") && from.size() * to.size() > 1) {
    throw fields["name"].error("conflict", "blocks are named from->to, so \"name\" means nothing beside several of them");
  }
  if (from.size() * to.size() > most_blocks) {
    throw place.error("limit", fmt::format("{} blocks are too many", from.size() * to.size()))
        .with_allowed(fmt::format("at most {}", most_blocks));
  }
  for (std::size_t row = 0; row < to.size(); ++row) {
    for (std::size_t column = 0; column < from.size(); ++column) {
      block_ = {row, column, to.size(), from.size()};
      Projection projection = read_block(fields);
      held_numbers_ += numbers_in(projection);
      if (held_numbers_ > 4 * json_limits::values) {
        throw place.error("limit", "the arrays of the projections' blocks are too large together")
            .with_allowed("arrays repeated by few blocks");
      }
      projection.from = from[column];
      projection.to = to[row];
      if (!in_blocks_ || !is_empty_block(projection.connect)) network_.connect(std::move(projection));
    }
  }
  in_blocks_ = false;
}

Projection Reader::read_block(const Fields& fields) {
  Projection projection;
  projection.where = fields.place().where();
  projection.name = fields.text("name");
  projection.receptor = fields.text("receptor");
  projection.autapses = fields.flag("autapses", true);
  projection.multapses = fields.flag("multapses", true);
  projection.weight = optional_value(fields, "weight");
  if (const std::optional<Place> delay = fields.find("delay_ms")) {
    const bool parts =
        (*delay)->is_object() && ((*delay)->find("axonal_ms") != nullptr || (*delay)->find("dendritic_ms") != nullptr);
    if (parts) {
      const Fields each(*delay, tables::delay_parts);
      projection.axonal_ms = optional_value(each, "axonal_ms");
      projection.dendritic_ms = optional_value(each, "dendritic_ms");
    } else {
      projection.delay_ms = read_value(*delay);
    }
  }
  if (const std::optional<Place> draw = fields.find("draw")) projection.draw = read_named(*draw, true);
  if (const std::optional<Place> with = fields.find("with")) projection.constants = read_with(*with);
  if (const std::optional<Place> rules = fields.find("plasticity")) {
    if ((*rules)->is_object()) projection.plasticity.push_back(read_plasticity(*rules));
    else
      for (std::size_t k = 0; k < (*rules)->items().size(); ++k) projection.plasticity.push_back(read_plasticity(rules->at(k)));
  }
  projection.connect = read_connector(fields["connect"]);
  return projection;
}

Plasticity Reader::read_plasticity(const Place& place) {
  const Fields fields(place, tables::plasticity);
  Plasticity plasticity;
  plasticity.where = place.where();
  plasticity.rule = fields.text("rule");
  plasticity.preset = fields.text("preset");
  plasticity.signal = fields.text("signal");
  plasticity.w_bound = optional_scalar(fields, "w_bound");
  for (const JsonMember& member : place->members()) {
    if (tables::plasticity.find(member.key) != nullptr) continue;
    const Place at = place.at(member);
    if (at->is_text() && !at->text().starts_with('=')) plasticity.options.emplace(member.key, at->text());
    else plasticity.parameters.emplace(member.key, read_scalar(at));
  }
  return plasticity;
}

NamedValues Reader::read_with(const Place& place) {
  const bool in_blocks = std::exchange(in_blocks_, true);  // a matrix of one row and column is fine without blocks
  NamedValues constants;
  for (const JsonMember& member : place->members()) {
    const Place at = place.at(member);
    Value value;
    if (at->is_object()) {
      const Fields fields(at, tables::with_entry);
      const bool by_source = fields.kind() == "from";
      const Place list = fields[fields.kind()];
      const std::size_t count = by_source ? block_.columns : block_.rows;
      value = read_scalars(list, count, count)[by_source ? block_.column : block_.row];
    } else {
      value = read_scalar(at);
    }
    constants.emplace(member.key, std::move(value));
  }
  in_blocks_ = in_blocks;
  return constants;
}

Connector Reader::read_connector(const Place& place) {
  Connector connector;
  connector.where = place.where();
  if (place->is_text()) {
    connector.kind = place->text() == "one_to_one" ? Connector::Kind::one_to_one : Connector::Kind::all_to_all;
    return connector;
  }
  const Fields fields(place, tables::connector);
  const std::string_view kind = fields.kind();
  const Place inner = fields[kind];
  for (const CountedKind& each : counted) {
    if (kind != each.key) continue;
    connector.kind = each.kind;
    connector.count = read_scalar(inner);
  }
  if (kind == "all_to_all" || kind == "one_to_one") {
    if (!inner->members().empty()) throw inner.error("unknown_key", fmt::format("\"{}\" has no keys", kind)).with_allowed("{}");
    connector.kind = kind == "one_to_one" ? Connector::Kind::one_to_one : Connector::Kind::all_to_all;
  }
  if (kind == "list") read_edges(inner, connector);
  if (kind == "kernel") read_kernel(inner, connector);
  if (kind == "file") {
    connector.kind = Connector::Kind::file;
    connector.file = fields.text("file");
    if (connector.file.ends_with(".npz")) throw unsupported(inner, "an edge file of the kind .npz");
    if (!connector.file.ends_with(".csv"))
      throw inner.error("range", "the edge file has an unknown ending").with_allowed("names that end with .csv");
  }
  return connector;
}

void Reader::read_edges(const Place& place, Connector& connector) {
  connector.kind = Connector::Kind::list;
  connector.edges.reserve(place->items().size());
  for (std::size_t k = 0; k < place->items().size(); ++k) {
    const Place row = place.at(k);
    const std::size_t count = row->is_array() ? row->items().size() : 0;
    if (count < 2 || count > 4)
      throw row.error("type", "an edge is [source, target, weight?, delay_ms?]").with_allowed("2 to 4 numbers");
    const auto source = read_whole(row.at(std::size_t{0}), 0, last_cell);
    const auto target = read_whole(row.at(1), 0, last_cell);
    const bool weighted = count > 2 && !row->items()[2].is_null();  // null: the weight of the projection
    const double weight = weighted ? read_number(row.at(2)) : not_given;
    const double delay = count > 3 ? read_number(row.at(3)) : not_given;
    connector.edges.push_back({static_cast<std::uint64_t>(source), static_cast<std::uint64_t>(target), weight, delay});
  }
}

void Reader::read_kernel(const Place& place, Connector& connector) {
  connector.kind = Connector::Kind::kernel;
  constexpr std::int64_t farthest = 1 << 20;
  for (std::size_t k = 0; k < place->items().size(); ++k) {
    const Place item = place.at(k);
    const Fields fields(item, tables::kernel_entry);
    Connector::KernelEntry entry{0, 0, not_given, not_given, -1};
    entry.dx = static_cast<int>(read_whole(fields["dx"], -farthest, farthest));
    entry.dy = static_cast<int>(read_whole(fields["dy"], -farthest, farthest));
    if (fields.has("weight")) entry.weight = read_number(fields["weight"]);
    if (fields.has("delay_ms")) entry.delay_ms = read_number(fields["delay_ms"]);
    if (const std::optional<Place> polarity = fields.find("polarity")) {
      if ((*polarity)->is_text()) entry.polarity = (*polarity)->text() == "on" ? 1 : (*polarity)->text() == "off" ? 0 : -1;
      else entry.polarity = static_cast<int>(read_whole(*polarity, 0, 1));
    }
    connector.kernel.push_back(entry);
  }
}

}  // namespace spikeloom
