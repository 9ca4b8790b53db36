// Polychronous groups: firings that cause one another through delays so exactly that the whole pattern repeats whenever it is
// begun.
//
// A search begins at a mother cell and three strong synapses onto it. Their sources, the anchors, fire so that the three spikes
// meet at the mother; what then follows is the response of the network alone, which the caller computes. Firings and the
// synapses whose delays fit them form the time-consistent graph; its longest path tells a group from a few chance firings.
//
// Izhikevich 2006, Neural Comput 18:245. Steps are those of the network's own clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace spikeloom {

struct TimedSynapse {
  std::uint32_t source = 0, target = 0, delay_steps = 1;
  double weight = 0;
};

/// Synapses by source and by target; the order within either is that of the list they came from.
class TimedSynapses {
 public:
  /// Throws Error where a cell lies outside [0, cells) or a delay is zero.
  TimedSynapses(std::uint32_t cells, std::vector<TimedSynapse> synapses);
  std::uint32_t cells() const { return static_cast<std::uint32_t>(begin_.size() - 1); }
  std::span<const TimedSynapse> from(std::uint32_t source) const;
  std::span<const TimedSynapse> onto(std::uint32_t target) const;

 private:
  std::vector<TimedSynapse> by_source_, by_target_;
  std::vector<std::size_t> begin_, begin_onto_;
};

struct Firing {
  std::uint32_t cell = 0, step = 0;
  bool operator==(const Firing&) const = default;
};

/// A synapse that fits two firings, given by their numbers in the group.
struct FiringLink {
  std::uint32_t from = 0, to = 0, delay_steps = 1;
};

struct PolychronousGroup {
  std::uint32_t mother = 0;
  std::vector<Firing> firings;  ///< the three anchors, then the response in order of (step, cell)
  std::vector<FiringLink> links;
  std::uint32_t longest_path = 0;  ///< firings on it, the anchor counted
  std::uint32_t span_steps = 0;    ///< from the first anchor to the last firing
};

/// The time-consistent graph of firings: a link wherever a synapse's spike arrives in the `window` steps up to the target's
/// firing, its step included. The longest path is counted in firings.
struct TimeConsistent {
  std::vector<FiringLink> links;
  std::uint32_t longest_path = 0;
};
TimeConsistent time_consistent(std::span<const Firing> firings, const TimedSynapses& synapses, std::uint32_t window);

/// What a network does after some arrivals: a spike with that weight reaches that cell in that step.
struct Arrival {
  std::uint32_t cell = 0, step = 0;
  double weight = 0;
};
using Response = std::function<std::vector<Firing>(std::span<const Arrival>)>;

struct GroupCriteria {
  std::uint32_t window = 20;        ///< steps in which a cause may precede its effect
  std::uint32_t least_path = 7;     ///< firings on the longest path
  std::uint32_t least_firings = 7;  ///< of the whole group, anchors included
  std::uint32_t excitatory = 0;     ///< the first cells are; only they are mothers, and what anchors are for. 0: all
};

/// All groups, in order of mother and anchors. `strong`: the synapses that count, all excitatory. `make_response` is called once
/// per thread. An anchor's spike goes out by those of its strong synapses that take at least as long as that onto the mother.
/// A group in which an anchor links to the mother and no other excitatory cell is left out: that anchor does nothing for it.
std::vector<PolychronousGroup> polychronous_groups(const TimedSynapses& strong, const std::function<Response()>& make_response,
                                                   const GroupCriteria& criteria = {});

}  // namespace spikeloom
