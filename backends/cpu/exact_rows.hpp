// Where synapses onto exact cells lie: by sender, one after the other, as an epoch walks along a sender's when it spikes.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/arena.hpp"

namespace spikeloom::cpu {

/// A synapse onto an exact cell.
struct ExactSynapse {
  double offset_ms;  ///< of the delay
  std::int64_t q;
  std::uint32_t cell;
  std::uint32_t step : 27;  ///< of the delay
  std::uint32_t receptor : 5;
};
static_assert(sizeof(ExactSynapse) == 24);

/// The same with what an event through a gate says of it. Few networks have any, and the others shall not carry the number.
struct GatedSynapse : ExactSynapse {
  std::uint32_t gate = 0;  ///< counted from 1
};
inline std::uint32_t gate_of(const ExactSynapse&) { return 0; }
inline std::uint32_t gate_of(const GatedSynapse& synapse) { return synapse.gate; }

/// Synapses by sender.
template <class Each>
struct Row {
  std::vector<std::size_t> first;  ///< per sender: where its synapses begin, and one more
  Arena memory;
  Each* synapses = nullptr;
  bool empty() const { return first.back() == 0; }
  void prefetch(std::uint32_t sender) const {
    const char* const at = reinterpret_cast<const char*>(synapses + first[sender]);
    for (std::size_t line = 0; line < 8; ++line) __builtin_prefetch(at + 64 * line);
  }
};

/// Takes them in any order.
template <class Each>
class RowMaker {
 public:
  void add(std::uint32_t sender, const Each& synapse) { stored_.push_back({sender, synapse}); }
  Row<Each> make(std::size_t senders) {
    Row<Each> row;
    row.first.assign(senders + 1, 0);
    for (const Stored& each : stored_) ++row.first[each.sender + 1];
    for (std::size_t i = 1; i < row.first.size(); ++i) row.first[i] += row.first[i - 1];
    row.memory = Arena(stored_.size() * sizeof(Each) + alignof(Each));
    row.synapses = reinterpret_cast<Each*>(row.memory.take(stored_.size() * sizeof(Each), alignof(Each)));
    std::vector<std::size_t> at(row.first.begin(), row.first.end() - 1);
    for (const Stored& each : stored_) row.synapses[at[each.sender]++] = each.synapse;
    stored_ = {};
    return row;
  }

 private:
  struct Stored {
    std::uint32_t sender;
    Each synapse;
  };
  std::vector<Stored> stored_;
};

}  // namespace spikeloom::cpu
