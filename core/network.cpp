// Building a description: names must be new and ends must exist; everything else waits for compile().
#include "core/network.hpp"

#include <fmt/format.h>

#include <charconv>

namespace spikeloom {
namespace {

std::string vertex_path(const Node& node) {
  const bool population = std::holds_alternative<Population>(node.what);
  const bool input = std::holds_alternative<Input>(node.what);
  return std::string(population ? "/populations/" : input ? "/inputs/" : "/groups/") + node.name;
}

/// Names appear in slices, in "from->to" and in CSV files.
void check_name(const Node& node) {
  const std::string& name = node.name;
  Where where = node.where;
  if (where.path.empty()) where.path = vertex_path(node);
  const auto refuse = [&](const std::string& reason) {
    throw Error("range", where, fmt::format("the name \"{}\" {}", name.substr(0, 60), reason))
        .with_value(name.substr(0, 60))
        .with_allowed("1 to 255 bytes without [ ] -> and control characters");
  };
  if (name.empty()) refuse("is empty");
  if (name.size() > 255) refuse("is too long");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) refuse("holds a control character");
    if (c == '[' || c == ']') refuse("holds a bracket, which marks slices");
  }
  if (name.find("->") != std::string::npos) refuse("holds \"->\", which joins the names of projections");
}

std::uint64_t read_bound(std::string_view text, const std::string& whole, const Where& where) {
  std::uint64_t number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) {
    throw Error("syntax", where,
                fmt::format("\"{}\" is no slice: \"{}\" is no whole number", whole.substr(0, 100), text.substr(0, 40)))
        .with_value(whole.substr(0, 100))
        .with_allowed("name, name[a:b] or name[a:b:step]");
  }
  return number;
}

Error slice_error(const std::string& text, const Where& where, const std::string& reason) {
  Error error("syntax", where, fmt::format("\"{}\" {}", text.substr(0, 100), reason));
  error.with_value(text.substr(0, 100)).with_allowed("name, name[a:b] or name[a:b:step]");
  return error;
}

}  // namespace

std::optional<Graph::vertex_descriptor> Network::find(const std::string& name) const {
  const auto found = vertices_.find(name);
  if (found == vertices_.end()) return std::nullopt;
  return found->second;
}

namespace {

void add_vertex_named(Node node, Graph& graph, std::map<std::string, Graph::vertex_descriptor>& vertices,
                      const std::map<std::string, Signal>& signals) {
  check_name(node);
  Where where = node.where;
  if (where.path.empty()) where.path = vertex_path(node);
  const auto found = vertices.find(node.name);
  if (found != vertices.end() || signals.contains(node.name)) {
    const std::string other = found != vertices.end() ? vertex_path(graph[found->second]) : "/signals/" + node.name;
    throw Error("duplicate_key", where, fmt::format("the name \"{}\" is taken by {}", node.name, other))
        .with_value(node.name)
        .with_allowed("names unique over populations, inputs, groups and signals");
  }
  std::string name = node.name;
  vertices.emplace(std::move(name), boost::add_vertex(node, graph));
}

}  // namespace

void Network::population(const std::string& name, Population population, Where where) {
  add_vertex_named(Node{name, std::move(population), std::move(where)}, graph_, vertices_, signals);
}

void Network::input(const std::string& name, Input input, Where where) {
  add_vertex_named(Node{name, std::move(input), std::move(where)}, graph_, vertices_, signals);
}

void Network::group(const std::string& name, std::vector<Slice> members, Where where) {
  add_vertex_named(Node{name, Group{std::move(members)}, std::move(where)}, graph_, vertices_, signals);
}

void Network::connect(const std::string& from, const std::string& to, Projection projection) {
  const std::string path =
      projection.where.path.empty() ? fmt::format("/projections/{}", boost::num_edges(graph_)) : projection.where.path;
  projection.from = parse_slice(from, Where{path + "/from", projection.where.line, projection.where.column});
  projection.to = parse_slice(to, Where{path + "/to", projection.where.line, projection.where.column});
  connect(std::move(projection));
}

void Network::connect(Projection projection) {
  const auto vertex = [&](const Slice& end) {
    const auto found = find(end.name);
    if (found) return *found;
    std::vector<std::string> names;
    for (const auto& [name, unused] : vertices_) names.push_back(name);
    throw Error("unknown_name", end.where, fmt::format("there is no population, input or group \"{}\"", end.name.substr(0, 100)))
        .with_value(end.name.substr(0, 100))
        .with_nearest(nearest_name(end.name, names));
  };
  const auto source = vertex(projection.from);
  const auto target = vertex(projection.to);
  boost::add_edge(source, target, projection, graph_);
}

void Network::probe_spikes(const std::string& population, std::string file) {
  Probe probe;
  probe.kind = Probe::Kind::spikes;
  probe.where.path = fmt::format("/probes/{}", probes.size());
  probe.of = parse_slice(population, Where{probe.where.path + "/spikes", 0, 0});
  probe.file = std::move(file);
  probes.push_back(std::move(probe));
}

void Network::probe_state(const std::string& population, std::vector<std::string> states, Value every_ms, std::string file) {
  Probe probe;
  probe.kind = Probe::Kind::state;
  probe.where.path = fmt::format("/probes/{}", probes.size());
  probe.of = parse_slice(population, Where{probe.where.path + "/of", 0, 0});
  probe.states = std::move(states);
  probe.every_ms = std::move(every_ms);
  probe.file = std::move(file);
  probes.push_back(std::move(probe));
}

Slice parse_slice(const std::string& text, const Where& where) {
  Slice slice;
  slice.where = where;
  const std::size_t open = text.find('[');
  slice.name = text.substr(0, open);
  if (slice.name.empty()) throw slice_error(text, where, "names nothing");
  if (slice.name.find(']') != std::string::npos) throw slice_error(text, where, "closes a bracket that was not opened");
  if (open == std::string::npos) return slice;
  if (text.back() != ']') throw slice_error(text, where, "does not end with ']'");
  const std::string_view inside = std::string_view(text).substr(open + 1, text.size() - open - 2);
  const std::size_t first_colon = inside.find(':');
  if (first_colon == std::string_view::npos) throw slice_error(text, where, "has no ':' between its bounds");
  const std::size_t second_colon = inside.find(':', first_colon + 1);
  const std::string_view first = inside.substr(0, first_colon);
  const std::string_view last =
      inside.substr(first_colon + 1, second_colon == std::string_view::npos ? second_colon : second_colon - first_colon - 1);
  if (!first.empty()) slice.first = read_bound(first, text, where);
  if (!last.empty()) slice.last = read_bound(last, text, where);
  if (second_colon != std::string_view::npos) slice.stride = read_bound(inside.substr(second_colon + 1), text, where);
  if (slice.stride == 0) throw slice_error(text, where, "has a step of 0");
  if (slice.last && *slice.last < slice.first) throw slice_error(text, where, "ends before it starts");
  return slice;
}

}  // namespace spikeloom
