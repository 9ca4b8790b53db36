// The dice behind random_network(): what its parts share while one network comes to be.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/backends/dice.hpp"
#include "tests/backends/random_network.hpp"

namespace spikeloom::testing {

/// What the other parts must know of an end.
struct End {
  std::string name;
  std::uint32_t size = 0;
  bool grid = false;     ///< has rows and columns
  std::string model;     ///< of a population; "": an input; "group": several populations, or of unknown kind
  bool repeats = false;  ///< some cell stands twice
  bool exact = false;    ///< lives from event to event; of a group: some member does
};

struct ModelFacts {
  const char *name, *potential, *bias, *threshold;
  double weight;               ///< about what one spike may weigh
  double bias_low, bias_high;  ///< from silent to fast
};
inline constexpr ModelFacts facts[] = {
    {"lif_delta", "V_m_mV", "I_e_pA", "V_th_mV", 1.0, 200, 600},  {"lif_exp", "V_m_mV", "I_e_pA", "V_th_mV", 80.0, 200, 800},
    {"lif_alpha", "V_m_mV", "I_e_pA", "V_th_mV", 60.0, 200, 800}, {"lif_cond_exp", "V_m_mV", "I_e_pA", "V_th_mV", 3.0, 200, 800},
    {"izhikevich", "v_mV", "I_e", "V_peak_mV", 4.0, 0, 25},       {"izhikevich_cv", "v_mV", "I_e_pA", "V_peak_mV", 60.0, 0, 600}};

inline const ModelFacts& facts_of(const std::string& model) {
  return *std::find_if(std::begin(facts), std::end(facts), [&](const auto& f) { return model == f.name; });
}

/// Adds one part after the other to a network; each part may refer to those before it.
class Maker {
 public:
  Maker(std::uint64_t seed, std::string folder) : dice_(seed), seed_(seed), folder_(std::move(folder)) {}

  RandomNetwork make();

 private:
  struct Known {
    std::string name;
    std::uint32_t size;
    double largest;  ///< about how large its values become
  };

  Network& net() { return out_.network; }
  void use(const std::string& feature) { out_.uses.insert(feature); }
  std::string fresh();  ///< a name that is free
  double time();        ///< within the run or a little later, sometimes between two steps
  const End& any_population() { return dice_.pick(populations_); }
  Slice part_of(const End& end);
  static std::uint32_t size_of(const End& end, const Slice& slice);
  /// A number for each of `count` elements, around `middle` and on its side of 0 (unless `mixed`).
  Value number(double middle, bool mixed, bool array_allowed, std::uint64_t count, const char* index);
  /// Let the caller do something at a step; once per step for each `what`.
  void when(std::int64_t step, const std::function<void(Session&)>& act, const std::string& what);

  void add_population();
  void add_group();
  void add_source();
  void add_drive();  ///< private Poisson trains and currents
  void add_projection();
  void add_signal();
  void add_composed_signal();
  void add_learning();
  void add_phases();
  void add_signal_current();
  void add_modulation();
  void add_probe();

  static constexpr std::uint64_t not_known = UINT64_MAX;
  /// Sets the connector; `count`: number of synapses where an array may be given for them.
  void connect(Projection& projection, const End& from, const End& to, std::uint32_t sources, std::uint32_t targets,
               std::uint64_t& count);
  void set_delays(Projection& projection, std::uint64_t count);
  /// `middle`: about what a weight is; all have its sign.
  void add_plasticity(Projection& projection, double middle);
  void add_moving_delays(Projection& projection);

  Dice dice_;
  std::uint64_t seed_;
  std::string folder_;
  RandomNetwork out_;
  double step_ = 0.1, duration_ms_ = 0;
  std::int64_t steps_ = 0;
  std::vector<std::string> names_, projections_, gated_;  ///< gated: projections whose gain may be modulated
  std::vector<End> populations_, ends_, groups_;
  std::vector<Known> signals_;
  std::set<std::pair<std::int64_t, std::string>> taken_;
};

}  // namespace spikeloom::testing
