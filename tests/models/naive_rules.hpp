// What plasticity rules mean, a second time and in the plainest way, in long double: every trace is a sum over all earlier
// spikes, and an eligibility goes from one event of its synapse to the next by the integral.
//
// It shares nothing with the library. A rule is the "plasticity" object of a network file; times are those of the somata;
// everything else is in the synapse's own time (a presynaptic spike acts after the axonal delay, a postsynaptic one after the
// dendritic).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace spikeloom::naive {

struct Synapse {
  double weight = 0, axonal_ms = 0, dendritic_ms = 0;
};

struct Protocol {
  std::vector<double> pre_ms, post_ms;  ///< ascending, each time once
};

/// The third factor: pulses that decay with tau_ms, or act at once where tau_ms is 0, on top of what is constant between steps.
struct Modulator {
  double tau_ms = 0;
  std::vector<std::pair<double, double>> pulses;  ///< time at the synapse, amplitude
  std::vector<std::pair<double, double>> steps;   ///< the value from that time on
};

struct Answer {
  std::vector<double> sent;                           ///< what each presynaptic spike sends on
  std::vector<double> weight;                         ///< at the asked times, everything at that time included
  std::map<std::string, std::vector<double>> states;  ///< traces by name, at the asked times
};

/// `rules`: one rule, or an array of a short-term rule and one for the weight. Every number must be given; options may be left to
/// the "preset", or to the defaults of the network file.
Answer replay(const nlohmann::json& rules, const Synapse& synapse, const Protocol& protocol, const std::vector<double>& at_ms,
              const Modulator& modulator = {});

}  // namespace spikeloom::naive
