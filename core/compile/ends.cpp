// Looks names up among populations, inputs and groups, and cuts slices out of them.
#include "core/compile/ends.hpp"

#include <algorithm>

namespace spikeloom {
namespace {

constexpr int deepest_group = 16;
constexpr std::size_t most_members = std::size_t{1} << 20;  ///< of one end, counted through all groups within groups

/// The names that may stand here, populations first.
std::vector<std::string> end_names(const CompileContext& context, EndKind kind) {
  std::vector<std::string> names;
  for (const auto& population : context.out.populations) names.push_back(population.name);
  if (kind == EndKind::spiking)
    for (const auto& source : context.out.sources) names.push_back(source.name);
  const Graph& graph = context.network.graph();
  const auto first_group = static_cast<std::ptrdiff_t>(names.size());
  for (auto [v, end] = boost::vertices(graph); v != end; ++v)
    if (std::holds_alternative<Group>(graph[*v].what)) names.push_back(graph[*v].name);
  std::sort(names.begin() + first_group, names.end());
  return names;
}

/// The name is right, but what it names has nothing that could stand here.
[[noreturn]] void refuse_input(const CompileContext& context, const Slice& slice, const Slice& asked, const std::string& path,
                               EndKind kind) {
  const bool spikes = std::any_of(context.out.sources.begin(), context.out.sources.end(),
                                  [&](const auto& source) { return source.name == slice.name; });
  const std::string reason = kind == EndKind::spiking
                                 ? "drives a population directly and has no spikes of its own to wire up or record"
                             : spikes ? "makes spikes and takes none; only cells of populations can stand here"
                                      : "is no population; only cells of populations can stand here";
  // A source that is a member of a group is right there: the fault is that of the place which asks for the group.
  const Slice& fault = spikes ? asked : slice;
  const std::string of_group = fault.name == slice.name ? "" : ", a member of \"" + fault.name + "\",";
  std::string allowed;
  for (const auto& name : end_names(context, kind)) allowed += (allowed.empty() ? "" : ", ") + name;
  throw Error("conflict", place(fault.where, path), "the input \"" + slice.name + "\"" + of_group + " " + reason)
      .with_value(fault.name)
      .with_allowed(allowed);
}

EndSegment sliced(EndSegment whole, const Slice& slice, const Where& where) {
  const std::uint64_t last = slice.last.value_or(whole.count);
  if (slice.first > last || last > whole.count || slice.stride == 0)
    throw Error("range", where, "the slice does not lie within \"" + slice.name + "\"")
        .with_value(slice.name + "[" + std::to_string(slice.first) + ":" + std::to_string(last) + ":" +
                    std::to_string(slice.stride) + "]")
        .with_allowed("within [0:" + std::to_string(whole.count) + "], stride at least 1");
  whole.first = static_cast<std::uint32_t>(slice.first);
  whole.stride = static_cast<std::uint32_t>(std::min<std::uint64_t>(slice.stride, UINT32_MAX));
  whole.count = static_cast<std::uint32_t>((last - slice.first + slice.stride - 1) / slice.stride);
  return whole;
}

/// What add_ends() carries through groups within groups.
struct Search {
  const CompileContext& context;
  const Slice& asked;
  const std::string& path;
  EndKind kind;
  std::size_t visited = 0;
};

void add_ends(Search& search, const Slice& slice, int depth, Ends& ends) {
  const auto& [context, asked, path, kind, visited] = search;
  const Where where = place(slice.where, path);
  if (++search.visited > most_members)
    throw Error("limit", where, "a group has too many members, those of its groups included", Exit::refused)
        .with_value(slice.name)
        .with_allowed("at most " + std::to_string(most_members));
  const auto add = [&](EndSegment::Kind of, std::uint32_t index, std::uint32_t size, const std::vector<std::uint32_t>& shape) {
    EndSegment segment = sliced({of, index, 0, 1, size, 0}, slice, where);
    segment.offset = ends.size;
    if (std::uint64_t{ends.size} + segment.count > UINT32_MAX - 1)
      throw Error("limit", where, "more than 2^32 - 2 cells in one end of a projection", Exit::refused);
    ends.size += segment.count;
    ends.shape = ends.segments.empty() && segment.count == size ? shape : std::vector<std::uint32_t>{ends.size};
    ends.segments.push_back(segment);
  };
  for (std::uint32_t p = 0; p < context.out.populations.size(); ++p)
    if (context.out.populations[p].name == slice.name)
      return add(EndSegment::Kind::population, p, context.out.populations[p].size, context.out.populations[p].shape);
  if (kind == EndKind::spiking)
    for (std::uint32_t s = 0; s < context.out.sources.size(); ++s)
      if (context.out.sources[s].name == slice.name)
        return add(EndSegment::Kind::input, s, context.out.sources[s].size, context.out.sources[s].shape);
  const auto vertex = context.network.find(slice.name);
  const Group* group = vertex ? std::get_if<Group>(&context.network.graph()[*vertex].what) : nullptr;
  if (vertex && group == nullptr) refuse_input(context, slice, asked, path, kind);
  if (group == nullptr)
    unknown("unknown_name", where, kind == EndKind::spiking ? "the population or input" : "the population", slice.name,
            end_names(context, kind));
  if (depth > deepest_group)
    throw Error("conflict", where, "groups hold each other, in a circle or too deep")
        .with_value(slice.name)
        .with_allowed("groups within groups, at most " + std::to_string(deepest_group) + " deep");
  if (slice.first != 0 || slice.last || slice.stride != 1) {  // a slice of a group: cut the running index
    Ends whole;
    for (const auto& member : group->members) add_ends(search, member, depth + 1, whole);
    const EndSegment cut = sliced({EndSegment::Kind::population, 0, 0, 1, whole.size, 0}, slice, where);
    const std::uint32_t begun = ends.size;
    std::uint32_t next = cut.first;  // in the running index of the group
    for (const auto& segment : whole.segments) {
      const std::uint32_t in = next - segment.offset;
      if (ends.size - begun == cut.count || in >= segment.count) continue;
      const std::uint32_t count = std::min((segment.count - in - 1) / cut.stride + 1, cut.count - (ends.size - begun));
      const std::uint64_t stride = count == 1 ? 1 : std::uint64_t{segment.stride} * cut.stride;
      ends.segments.push_back({segment.kind, segment.index, segment.first + in * segment.stride,
                               static_cast<std::uint32_t>(stride), count, ends.size});
      ends.size += count;
      next += count * cut.stride;
    }
    ends.shape = {ends.size};
    return;
  }
  for (const auto& member : group->members) add_ends(search, member, depth + 1, ends);
  ends.shape = {ends.size};
}

}  // namespace

Ends resolve_ends(const CompileContext& context, const Slice& slice, const std::string& path, EndKind kind) {
  Ends ends;
  ends.shape = {0};
  Search search{context, slice, path, kind};
  add_ends(search, slice, 0, ends);
  return ends;
}

std::vector<std::uint32_t> same_cells(const Ends& a, const Ends& b) {
  std::vector<std::uint32_t> same(a.size, no_cell);
  for (const auto& from : a.segments)
    for (const auto& to : b.segments) {
      if (from.kind != to.kind || from.index != to.index) continue;
      for (std::uint32_t k = 0; k < from.count; ++k) {
        const std::uint64_t cell = from.first + std::uint64_t{k} * from.stride;
        if (cell < to.first || (cell - to.first) % to.stride != 0 || (cell - to.first) / to.stride >= to.count) continue;
        same[from.offset + k] = to.offset + static_cast<std::uint32_t>((cell - to.first) / to.stride);
      }
    }
  return same;
}

}  // namespace spikeloom
