// Looks names up among populations, inputs and groups, and cuts slices out of them.
#include "core/compile/ends.hpp"

#include <map>

namespace spikeloom {
namespace {

std::vector<std::string> end_names(const CompileContext& context, EndKind kind) {
  std::vector<std::string> names;
  for (const auto& population : context.out.populations) names.push_back(population.name);
  if (kind == EndKind::spiking)
    for (const auto& source : context.out.sources) names.push_back(source.name);
  return names;
}

EndSegment sliced(EndSegment whole, const Slice& slice, const Where& where) {
  const std::uint64_t last = slice.last.value_or(whole.count);
  if (slice.first > last || last > whole.count || slice.stride == 0)
    throw Error("range", where, "the slice does not lie within \"" + slice.name + "\"")
        .with_value("[" + std::to_string(slice.first) + ":" + std::to_string(last) + ":" + std::to_string(slice.stride) + "]")
        .with_allowed("within [0:" + std::to_string(whole.count) + "], stride at least 1");
  whole.first = static_cast<std::uint32_t>(slice.first);
  whole.stride = static_cast<std::uint32_t>(std::min<std::uint64_t>(slice.stride, UINT32_MAX));
  whole.count = static_cast<std::uint32_t>((last - slice.first + slice.stride - 1) / slice.stride);
  return whole;
}

void add_ends(const CompileContext& context, const Slice& slice, const std::string& path, EndKind kind, int depth, Ends& ends) {
  const Where where = place(slice.where, path);
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
  if (group == nullptr || depth > 16) {
    const bool other = vertex && group == nullptr;
    unknown("unknown_name", where, other ? "an input that can stand here" : "a population of the name", slice.name,
            end_names(context, kind));
  }
  if (slice.first != 0 || slice.last || slice.stride != 1) {  // a slice of a group: cut the running index
    Ends whole;
    for (const auto& member : group->members) add_ends(context, member, path, kind, depth + 1, whole);
    const EndSegment cut = sliced({EndSegment::Kind::population, 0, 0, 1, whole.size, 0}, slice, where);
    for (std::uint32_t k = 0; k < cut.count; ++k) {
      const std::uint32_t member = cut.first + k * cut.stride;
      for (const auto& segment : whole.segments)
        if (member - segment.offset < segment.count) {
          ends.segments.push_back(
              {segment.kind, segment.index, segment.first + (member - segment.offset) * segment.stride, 1, 1, ends.size++});
          break;
        }
    }
    ends.shape = {ends.size};
    return;
  }
  for (const auto& member : group->members) add_ends(context, member, path, kind, depth + 1, ends);
  ends.shape = {ends.size};
}

}  // namespace

Ends resolve_ends(const CompileContext& context, const Slice& slice, const std::string& path, EndKind kind) {
  Ends ends;
  ends.shape = {0};
  add_ends(context, slice, path, kind, 0, ends);
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
