// Enumerates anchors and measures what follows; see polychronous.hpp.
#include "analysis/polychronous.hpp"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>
#include <string>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

std::vector<std::size_t> begins(std::uint32_t cells, const std::vector<TimedSynapse>& sorted, std::uint32_t TimedSynapse::*end) {
  std::vector<std::size_t> begin(cells + std::size_t{1}, 0);
  for (const TimedSynapse& s : sorted) ++begin[s.*end + std::size_t{1}];
  for (std::size_t cell = 0; cell < cells; ++cell) begin[cell + 1] += begin[cell];
  return begin;
}

using Anchors = std::array<TimedSynapse, 3>;

/// Anchors fire so that their spikes meet at the mother; what each sends on, no sooner than to the mother.
std::vector<Arrival> arrivals_of(const Anchors& anchors, std::span<const Firing> firings, const TimedSynapses& strong) {
  std::vector<Arrival> arrivals;
  for (std::size_t a = 0; a < anchors.size(); ++a)
    for (const TimedSynapse& s : strong.from(anchors[a].source))
      if (s.delay_steps >= anchors[a].delay_steps) arrivals.push_back({s.target, firings[a].step + s.delay_steps, s.weight});
  return arrivals;
}

/// True where an anchor has one link only: to the mother.
bool has_idle_anchor(std::span<const FiringLink> links, std::span<const Firing> firings, std::uint32_t excitatory) {
  std::array<std::uint32_t, 3> used{};
  for (const FiringLink& link : links)
    if (link.from < used.size() && firings[link.to].cell < excitatory) ++used[link.from];
  return std::find(used.begin(), used.end(), 1u) != used.end();
}

void search(std::uint32_t mother, const TimedSynapses& strong, const Response& respond, const GroupCriteria& criteria,
            std::vector<PolychronousGroup>& found) {
  const auto onto = strong.onto(mother);
  const std::uint32_t excitatory = criteria.excitatory > 0 ? criteria.excitatory : strong.cells();
  for (std::size_t i = 0; i < onto.size(); ++i)
    for (std::size_t j = i + 1; j < onto.size(); ++j)
      for (std::size_t k = j + 1; k < onto.size(); ++k) {
        const Anchors anchors{onto[i], onto[j], onto[k]};
        const std::uint32_t latest = std::max({onto[i].delay_steps, onto[j].delay_steps, onto[k].delay_steps});
        std::vector<Firing> firings;
        for (const TimedSynapse& anchor : anchors) firings.push_back({anchor.source, latest - anchor.delay_steps});
        const std::vector<Firing> response = respond(arrivals_of(anchors, firings, strong));
        if (response.size() + firings.size() < criteria.least_firings) continue;
        firings.insert(firings.end(), response.begin(), response.end());
        TimeConsistent graph = time_consistent(firings, strong, criteria.window);
        if (graph.longest_path < criteria.least_path || has_idle_anchor(graph.links, firings, excitatory)) continue;
        const std::uint32_t span = firings.back().step;
        found.push_back({mother, std::move(firings), std::move(graph.links), graph.longest_path, span});
      }
}

}  // namespace

TimedSynapses::TimedSynapses(std::uint32_t cells, std::vector<TimedSynapse> synapses) : by_source_(std::move(synapses)) {
  for (const TimedSynapse& s : by_source_) {
    if (s.source >= cells || s.target >= cells)
      throw Error("value", {},
                  "a synapse from cell " + std::to_string(s.source) + " to cell " + std::to_string(s.target) +
                      " in a network of " + std::to_string(cells) + " cells");
    if (s.delay_steps == 0) throw Error("value", {}, "a synapse without delay");
  }
  by_target_ = by_source_;
  std::stable_sort(by_source_.begin(), by_source_.end(), [](const auto& a, const auto& b) { return a.source < b.source; });
  std::stable_sort(by_target_.begin(), by_target_.end(), [](const auto& a, const auto& b) { return a.target < b.target; });
  begin_ = begins(cells, by_source_, &TimedSynapse::source);
  begin_onto_ = begins(cells, by_target_, &TimedSynapse::target);
}

std::span<const TimedSynapse> TimedSynapses::from(std::uint32_t source) const {
  return std::span(by_source_).subspan(begin_[source], begin_[source + 1] - begin_[source]);
}
std::span<const TimedSynapse> TimedSynapses::onto(std::uint32_t target) const {
  return std::span(by_target_).subspan(begin_onto_[target], begin_onto_[target + 1] - begin_onto_[target]);
}

TimeConsistent time_consistent(std::span<const Firing> firings, const TimedSynapses& synapses, std::uint32_t window) {
  TimeConsistent found;
  std::vector<std::pair<Firing, std::uint32_t>> by_cell;  // firing, its number
  for (std::uint32_t n = 0; n < firings.size(); ++n) by_cell.emplace_back(firings[n], n);
  std::sort(by_cell.begin(), by_cell.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.cell, a.first.step, a.second) < std::tie(b.first.cell, b.first.step, b.second);
  });
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(firings.size());
  for (std::uint32_t from = 0; from < firings.size(); ++from)
    for (const TimedSynapse& s : synapses.from(firings[from].cell)) {
      const std::uint32_t arrives = firings[from].step + s.delay_steps;
      auto to = std::lower_bound(by_cell.begin(), by_cell.end(), Firing{s.target, arrives}, [](const auto& a, const Firing& b) {
        return std::tie(a.first.cell, a.first.step) < std::tie(b.cell, b.step);
      });
      for (; to != by_cell.end() && to->first.cell == s.target && to->first.step < arrives + window; ++to) {
        found.links.push_back({from, to->second, s.delay_steps});
        boost::add_edge(from, to->second, graph);
      }
    }
  // every link leads forward in time, so the graph has no circle; the order comes out last vertex first
  std::vector<std::size_t> order;
  boost::topological_sort(graph, std::back_inserter(order));
  std::vector<std::uint32_t> path(firings.size(), 1);
  for (const std::size_t from : order)
    for (const auto edge : boost::make_iterator_range(boost::out_edges(from, graph)))
      path[from] = std::max(path[from], path[boost::target(edge, graph)] + 1);
  if (!path.empty()) found.longest_path = *std::max_element(path.begin(), path.end());
  return found;
}

std::vector<PolychronousGroup> polychronous_groups(const TimedSynapses& strong, const std::function<Response()>& make_response,
                                                   const GroupCriteria& criteria) {
  const std::uint32_t mothers = criteria.excitatory > 0 ? std::min(criteria.excitatory, strong.cells()) : strong.cells();
  tbb::enumerable_thread_specific<Response> responses(make_response);
  std::vector<std::vector<PolychronousGroup>> of_mother(mothers);
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, mothers, 1), [&](const auto& range) {
    for (std::uint32_t mother = range.begin(); mother != range.end(); ++mother)
      search(mother, strong, responses.local(), criteria, of_mother[mother]);
  });
  std::vector<PolychronousGroup> all;
  for (auto& groups : of_mother) std::move(groups.begin(), groups.end(), std::back_inserter(all));
  return all;
}

}  // namespace spikeloom
