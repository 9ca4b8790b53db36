// Pairs that are written down: in the network file, in an edge file, or drawn because they must be looked at together.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/compile/connected.hpp"
#include "core/csv.hpp"

namespace spikeloom {
namespace {

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

/// One written pair and where to point when it is wrong.
struct Pair {
  std::uint32_t source, target;
  double weight, delay_ms;  ///< NaN: that of the projection
};

/// Turns the number of a pair, and the part at fault (0 source, 1 target, 3 delay, -1 all), into its place.
using PlaceOf = Where (*)(const RowRequest& request, std::size_t pair, int part);

class Listed final : public Connected {
 public:
  /// In the order written; stored by source, in that order within each.
  Listed(const CompileContext& context, const RowRequest& request, const std::vector<Pair>& pairs, PlaceOf place_of)
      : Connected(context, request, pairs.size()) {
    check(pairs, request, place_of);
    std::vector<std::uint32_t> degree(targets, 0);
    start_.assign(std::size_t{sources} + 1, 0);
    bool weights = false, delays = false;
    for (const Pair& pair : pairs) {
      ++start_[pair.source + 1];
      max_in_degree_ = std::max<std::uint64_t>(max_in_degree_, ++degree[pair.target]);
      weights = weights || !std::isnan(pair.weight);
      delays = delays || !std::isnan(pair.delay_ms);
    }
    std::partial_sum(start_.begin(), start_.end(), start_.begin());
    count_ = pairs.size();
    target_.resize(pairs.size());
    number_.resize(pairs.size());
    if (weights) weight_.resize(pairs.size());
    if (delays) delay_ms_.resize(pairs.size());
    auto next = start_;
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const std::uint64_t at = next[pairs[p].source]++;
      target_[at] = pairs[p].target;
      number_[at] = static_cast<std::uint32_t>(p);
      if (weights) weight_[at] = pairs[p].weight;
      if (delays) delay_ms_[at] = pairs[p].delay_ms;
    }
    if (!request.projection.multapses) check_distinct(request, place_of);
  }

  /// Sorted pair numbers; nothing written, so nothing to point at.
  Listed(const CompileContext& context, const RowRequest& request, const std::vector<std::uint64_t>& pairs)
      : Connected(context, request, std::nullopt) {
    std::vector<std::uint32_t> degree(targets, 0);
    start_.assign(std::size_t{sources} + 1, 0);
    target_.reserve(pairs.size());
    for (const std::uint64_t pair : pairs) {
      const auto j = static_cast<std::uint32_t>(pair % targets);
      ++start_[pair / targets + 1];
      max_in_degree_ = std::max<std::uint64_t>(max_in_degree_, ++degree[j]);
      target_.push_back(j);
    }
    std::partial_sum(start_.begin(), start_.end(), start_.begin());
    count_ = pairs.size();
  }

 private:
  void visit_pairs(std::uint32_t first, std::uint32_t last, Out& out) const override {
    for (std::uint32_t i = first; i < last; ++i)
      for (std::uint64_t at = start_[i]; at < start_[i + 1]; ++at)
        out.add(i, target_[at], static_cast<std::uint32_t>(at - start_[i]), i, number_.empty() ? 0 : number_[at]);
  }
  bool plain_numbers() const override { return weight_.empty() && delay_ms_.empty(); }
  void adjust(const Lanes& lanes, double* weight, double* ms) const override {
    const auto put = [&](const std::vector<double>& own, double* out) {
      if (own.empty()) return;
      for (std::uint32_t i = 0; i < lanes.count; ++i)
        if (const double value = own[start_[lanes.row[i]] + lanes.k[i]]; !std::isnan(value)) out[i] = value;
    };
    put(weight_, weight);
    put(delay_ms_, ms);
  }

  void check(const std::vector<Pair>& pairs, const RowRequest& request, PlaceOf place_of) const {
    const auto index = [&](std::uint32_t value, std::uint32_t size, std::size_t p, int part) {
      if (value >= size)
        throw Error("range", place_of(request, p, part), part == 0 ? "the source does not exist" : "the target does not exist")
            .with_value(std::to_string(value))
            .with_allowed(size == 0 ? "none" : "0 to " + std::to_string(size - 1));
    };
    const double longest = max_delay_steps * numbers_.step_ms();
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      index(pairs[p].source, sources, p, 0);
      index(pairs[p].target, targets, p, 1);
      if (!std::isnan(pairs[p].delay_ms) && !(pairs[p].delay_ms > 0 && pairs[p].delay_ms <= longest))
        throw Error("range", place_of(request, p, 3), "the delay is out of range")
            .with_value(show(pairs[p].delay_ms))
            .with_allowed(Range{0, longest, true}.text() + " (ms)");
      if (std::isinf(pairs[p].weight)) throw Error("range", place_of(request, p, 2), "the weight is not finite");
      if (is_self(pairs[p].source, pairs[p].target))
        throw Error("conflict", place_of(request, p, -1), "the pair is an autapse, which \"autapses\": false excludes")
            .with_value(std::to_string(pairs[p].source));
    }
  }

  void check_distinct(const RowRequest& request, PlaceOf place_of) const {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> row;
    for (std::uint32_t i = 0; i < sources; ++i) {
      row.clear();
      for (std::uint64_t at = start_[i]; at < start_[i + 1]; ++at) row.emplace_back(target_[at], number_[at]);
      std::sort(row.begin(), row.end());
      for (std::size_t k = 1; k < row.size(); ++k)
        if (row[k].first == row[k - 1].first)
          throw Error("conflict", place_of(request, row[k].second, -1),
                      "the pair stands twice, which \"multapses\": false excludes")
              .with_value(std::to_string(i) + ", " + std::to_string(row[k].first));
    }
  }

  std::vector<std::uint64_t> start_;  ///< of each source's row
  std::vector<std::uint32_t> target_, number_;
  std::vector<double> weight_, delay_ms_;  ///< empty: all those of the projection
};

void check_length(std::uint64_t pairs, const Where& where) {
  if (pairs > UINT32_MAX)
    throw Error("limit", where, "a list of pairs may be too long", Exit::refused).with_allowed("at most 2^32 - 1 pairs");
}

}  // namespace

MadeRows listed(const CompileContext& context, const RowRequest& request) {
  const auto& edges = request.projection.connect.edges;
  check_length(edges.size(), {request.path + "/connect/list"});
  const PlaceOf place_of = [](const RowRequest& of, std::size_t pair, int part) {
    Where where = of.projection.connect.where;
    where.path = of.path + "/connect/list/" + std::to_string(pair) + (part < 0 ? "" : "/" + std::to_string(part));
    return where;
  };
  std::vector<Pair> pairs;
  pairs.reserve(edges.size());
  const auto index = [&](std::uint64_t value) { return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX)); };
  for (const auto& edge : edges) pairs.push_back({index(edge.source), index(edge.target), edge.weight, edge.delay_ms});
  return std::make_shared<Listed>(context, request, pairs, place_of);
}

MadeRows listed_in_file(const CompileContext& context, const RowRequest& request) {
  const Where where{request.path + "/connect/file"};
  const std::string path = path_in(context.network.folder, request.projection.connect.file);
  if (path.ends_with(".npz"))
    throw Error("unsupported", where, "this version reads edges from .csv files only", Exit::refused).with_value(path);
  const std::vector<std::string> names = {"source", "target", "weight", "delay_ms", "axonal_ms", "dendritic_ms"};
  const CsvColumns columns = read_csv(path, names, where);
  for (const auto& name : columns.header)
    if (std::find(names.begin(), names.end(), name) == names.end())
      unknown("unknown_key", where, path + ": the column", name, names);
  for (const std::size_t c : {0u, 1u})
    if (!columns.found[c])
      throw Error("missing", where, path + ": the column \"" + (c == 0 ? "source" : "target") + "\" is missing");
  const bool parts = columns.found[4] || columns.found[5];
  if (parts && columns.found[3])
    throw Error("conflict", where, path + ": a delay is either delay_ms, or axonal_ms and dendritic_ms");
  check_length(columns.rows, where);
  const PlaceOf place_of = [](const RowRequest& of, std::size_t pair, int) {
    return at_row({of.path + "/connect/file"}, pair + 1);
  };
  std::vector<Pair> pairs;
  pairs.reserve(columns.rows);
  try {
    for (std::size_t r = 0; r < columns.rows; ++r) {
      const auto cell = [&](std::size_t c, double absent) { return columns.found[c] ? columns.values[c][r] : absent; };
      const double delay = parts ? cell(4, 0) + cell(5, 0) : cell(3, not_given);
      pairs.push_back({static_cast<std::uint32_t>(whole(cell(0, 0), place_of(request, r, 0), 0, UINT32_MAX)),
                       static_cast<std::uint32_t>(whole(cell(1, 0), place_of(request, r, 1), 0, UINT32_MAX)), cell(2, not_given),
                       delay});
    }
    return std::make_shared<Listed>(context, request, pairs, place_of);
  } catch (const Error& error) { tell_row(error, path); }
}

MadeRows listed_pairs(const CompileContext& context, const RowRequest& request, const std::vector<std::uint64_t>& pairs) {
  return std::make_shared<Listed>(context, request, pairs);
}

}  // namespace spikeloom
