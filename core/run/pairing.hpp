// Plastic projections onto inputs at work: given spikes on both sides, exact times, nothing that a run could change.
//
// As everything is known beforehand a synapse at a time is a function of that time; what was worked through is kept, so that
// asking for later and later times costs each spike once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/exact_drive.hpp"
#include "core/run/hash.hpp"
#include "core/run/settled_synapse.hpp"

namespace spikeloom {

class PairingRunner {
 public:
  PairingRunner(const CompiledNetwork& network, const CompiledPairing& pairing);

  /// Every synapse with everything of instants up to and including `time` in.
  void visit(ExactTime time, const std::function<void(const SettledSynapse&)>& take);
  /// What each pre spike of (from, to] sends on, at its instant, in order of time.
  struct Sent {
    ExactTime time;
    std::uint32_t source, target;
    std::uint64_t synapse;
    double weight;
  };
  std::vector<Sent> sent(ExactTime from, ExactTime to);
  /// Throws Error("nan" or "range", exit 1) where by the end of step n a weight was sent on beyond its bound, or is no number.
  void check(std::int64_t n);

 private:
  struct Fault {
    ExactTime time;
    std::size_t synapse;
    double weight;
  };
  struct Side {
    double traces[max_traces];
    ExactTime since;
    bool spiked = false;
  };
  struct State {
    double numbers[max_synapse_reals];
    Side pre, post, short_term;
    ExactTime last;  ///< of the synapse's numbers
    std::size_t next_pre = 0, next_post = 0;
  };
  using Send = std::function<void(ExactTime, double weight, double part)>;

  void restart();
  State start(std::size_t synapse) const;
  /// Works through the instants up to `time`.
  void advance(std::size_t synapse, State& state, ExactTime time, const Send& send) const;
  void bring_to(State& state, ExactTime time) const;

  const TimeGrid grid_;
  const CompiledPairing& pairing_;
  const ExactDrive drive_;
  std::vector<std::vector<ExactTime>> pre_, post_;  ///< by running index
  std::vector<State> states_;
  std::optional<Fault> fault_;  ///< the first that check() came upon
  ExactTime now_{-1, 0};
};

/// Stops a run where weights of pairings go wrong, as onto cells: looked at when states are, whoever records.
class PairingGuard {
 public:
  explicit PairingGuard(const CompiledNetwork& network);
  void check(std::int64_t n) {
    for (auto& runner : runners_) runner->check(n);
  }

 private:
  std::vector<std::unique_ptr<PairingRunner>> runners_;
};

/// The numbers of all pairings at the end of step n.
void hash_pairings(const CompiledNetwork& network, std::int64_t n, WeightHash& hash);

}  // namespace spikeloom
