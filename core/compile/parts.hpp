// The parts of compile(), in the order they run; each reads what the ones before it made.
#pragma once

#include "core/compile/context.hpp"
#include "core/compile/ends.hpp"

namespace spikeloom {

void compile_run(CompileContext& context);          ///< seeds, precision, durations
void compile_phases(CompileContext& context);       ///< their times, and with them the duration
void compile_populations(CompileContext& context);  ///< sizes, parameters, start states, variants, coefficients
void compile_sources(CompileContext& context);      ///< inputs that make spikes: sizes and spikes
void compile_projections(CompileContext& context);  ///< row visitors
void compile_drives(CompileContext& context);       ///< private Poisson input and input currents; short forms were projections
void compile_signals(CompileContext& context);      ///< signals, then their uses
void compile_signal_uses(CompileContext& context);  ///< currents made of signals, modulation
void compile_phase_plasticity(CompileContext& context);       ///< what may learn in which phase
void compile_grids(CompileContext& context);                  ///< after everything that can arrive is known
void check_exact_populations(const CompileContext& context);  ///< what models ask of cells that live exactly
void compile_probes(CompileContext& context);

/// The receptor that a projection or input of `weight` means, by name or (empty) by sign: {weights >= 0, weights < 0}.
struct ReceptorChoice {
  int positive = 0, negative = 0;
};
ReceptorChoice choose_receptor(const CompiledPopulation& population, const std::string& name, const Where& where);
/// Throws where a weight of this sign cannot act on the receptor (a conductance below 0).
void check_weight_sign(const CompiledPopulation& population, int receptor, double weight, const Where& where);

std::vector<std::string> signal_names(const Network& network);
/// Both bounds of a clip, absent ones infinite. Throws Error("range") where nothing lies between them.
std::pair<double, double> clip_bounds(const CompileContext& context, const Clip& written, const std::string& path);

/// A row visitor for a projection whose ends are known.
struct RowRequest {
  std::string name, path;
  std::uint64_t key = 0;
  const Ends& from;
  const Ends& to;
  const Projection& projection;
  bool exact = false;  ///< the targets live exactly: no delay below min_delay_ms
  double min_delay_ms = 0;
  bool raise = false;  ///< smaller ones are raised, else refused
};
/// The rules of a projection whose rows are known; fixes its receptors.
void compile_plasticity(const CompileContext& context, const RowRequest& request, CompiledProjection& out);
/// The projection has a rule that moves its delays (moving_delays.cpp).
bool moves_delays(const CompileContext& context, const Projection& projection);
/// Its rows and the rule.
void compile_moving_delays(const CompileContext& context, const RowRequest& request, CompiledProjection& out);
/// Rules, numbers and bounds alone; elapsed times in units of `unit_ms`.
CompiledPlasticity rules_of(const CompileContext& context, const RowRequest& request, const Rows& rows, double unit_ms);
/// A plastic projection onto an input (pairings.cpp).
bool is_pairing(const CompileContext& context, const Projection& projection);
void compile_pairing(CompileContext& context, const RowRequest& request);
/// The signals that rules named, once signals are known.
void connect_third_factors(CompileContext& context);

std::shared_ptr<const Rows> make_rows(const CompileContext& context, const RowRequest& request, DelayRounding& rounding);

}  // namespace spikeloom
