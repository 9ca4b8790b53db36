// Where synapses onto exact cells lie: by sender, one after the other, as an epoch walks along a sender's when it spikes.
#pragma once

#include <cstdint>
#include <numeric>
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

/// Fills a row in two passes: every synapse is counted, then added; those of a sender stay in the order of the second pass.
template <class Each>
class RowMaker {
 public:
  RowMaker(Row<Each>& row, std::size_t senders) : row_(row) { row_.first.assign(senders + 2, 0); }
  void count(std::uint32_t sender) { ++row_.first[sender + 2]; }
  /// From here on first[i + 1] is where the next synapse of sender i goes; in the end, where those of the sender after it begin.
  void counted() {
    std::partial_sum(row_.first.begin(), row_.first.end(), row_.first.begin());
    const std::size_t bytes = row_.first.back() * sizeof(Each);
    row_.memory = Arena(bytes + alignof(Each));
    row_.synapses = reinterpret_cast<Each*>(row_.memory.take(bytes, alignof(Each)));
  }
  void add(std::uint32_t sender, const Each& synapse) { row_.synapses[row_.first[sender + 1]++] = synapse; }
  void added() { row_.first.pop_back(); }

 private:
  Row<Each>& row_;
};

}  // namespace spikeloom::cpu
