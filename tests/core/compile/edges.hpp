// Helpers of the tests of compile(): small networks in a line, and their synapses as plain lists.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/network.hpp"
#include "models/models.hpp"

namespace spikeloom::test {

struct Edge {
  std::uint32_t source, target, delay;
  double weight;
  friend bool operator==(const Edge&, const Edge&) = default;
  friend bool operator<(const Edge& a, const Edge& b) {
    return std::tie(a.source, a.target, a.delay, a.weight) < std::tie(b.source, b.target, b.delay, b.weight);
  }
};

class EdgeList final : public SynapseSink {
 public:
  void take(const SynapseBatch& batch) override {
    for (std::uint32_t i = 0; i < batch.count; ++i)
      edges.push_back({batch.source[i], batch.target[i], batch.delay[i], batch.weight[i]});
  }
  std::vector<Edge> edges;
};

inline std::vector<Edge> edges_of(const Rows& rows, std::uint32_t first, std::uint32_t last) {
  EdgeList list;
  rows.visit(first, last, list);
  return std::move(list.edges);
}

/// In the canonical order: ranges aligned to grain().
inline std::vector<Edge> edges_of(const Rows& rows) {
  std::vector<Edge> all;
  const std::uint32_t grain = std::max(rows.grain(), 1u);
  for (std::uint64_t first = 0; first < rows.sources; first += grain) {
    const auto part = edges_of(rows, static_cast<std::uint32_t>(first),
                               static_cast<std::uint32_t>(std::min<std::uint64_t>(first + grain, rows.sources)));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

inline Population cells(double size, const std::string& model = "lif_exp") {
  Population population;
  population.shape = {size};
  population.model = model;
  return population;
}

inline Projection wired(Connector::Kind kind, Value count = 0.0, Value weight = 1.0, Value delay_ms = 1.0) {
  Projection projection;
  projection.connect.kind = kind;
  projection.connect.count = std::move(count);
  projection.weight = std::move(weight);
  projection.delay_ms = std::move(delay_ms);
  return projection;
}

/// Populations A (of `from` cells) and B (of `to` cells).
inline Network two(double from, double to, double seed = 1) {
  Network net;
  net.run.seed = seed;
  net.run.duration_ms = 10.0;
  net.population("A", cells(from));
  net.population("B", cells(to));
  return net;
}

inline std::shared_ptr<const CompiledNetwork> compiled(const Network& net) { return compile(net, builtin_models()); }

/// The one projection of A onto B (or A onto A), with its network so that it stays alive.
inline std::shared_ptr<const CompiledNetwork> joined(Projection projection, double from, double to, double seed = 1,
                                                     const std::string& onto = "B") {
  Network net = two(from, to, seed);
  net.connect("A", onto, std::move(projection));
  return compiled(net);
}

/// The Error that compiling throws; kind "" where it throws none.
inline Error fault_of(const Network& net) {
  try {
    compiled(net);
  } catch (const Error& error) { return error; }
  return Error("", {}, "nothing was thrown");
}

}  // namespace spikeloom::test
