// The weights of one readout while it runs, and the rules that change them.
//
// With x what is read, e_c the error, g_c the gate (1 without one), z_c = w_c . x:
//   delta, gated_delta   w_c += eta g_c e_c x            (normalise: / |x|^2)
//   rls                  u = P x,  d = forget + g x . u,  w_c += g e_c u / d,  P <- (P - (g / d) u u^T) / forget
//   ridge                A += g x x^T,  b_c += g (e_c + z_c) x;  at the end of a repeat w_c = (A + lambda I)^-1 b_c
// Channels with one gate in common have one P (one A) in common, which holds the same numbers as one for each. A gate of 0
// leaves a sample out; rls and ridge also leave out samples with a gate below 0.
// A large P costs what it takes to fetch it, so the change that a sample makes to P waits and is made on the way to the next
// product, which has the same bits.
// S. Haykin, Adaptive Filter Theory (1996), chapters 6, 11 and 13; D. Sussillo, L. F. Abbott, Neuron 63 (2009) 544: FORCE.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/run/bytes.hpp"

namespace spikeloom {

class Readout {
 public:
  using Form = CompiledSignal::Readout;

  Readout(const Form& form, std::uint32_t channels, std::uint32_t inputs);

  std::span<const double> weights() const { return weights_; }
  /// One for all, or channels x inputs. Later only of a readout that does not learn.
  void set_weights(const std::vector<double>& weights);
  void read(std::span<const double> x, std::span<double> z) const;

  /// Takes one sample. `error` and `gate` have one value, or one per channel.
  void learn(const CompiledSignal::Learning& rule, std::span<const double> x, std::span<const double> z,
             std::span<const double> error, std::span<const double> gate);
  /// A repeat ends: what is learned offline becomes weights. Throws Error("nan", exit 1) naming `name`.
  void settle(const CompiledSignal::Learning& rule, const std::string& name);
  /// Forgets all samples, not the weights.
  void forget_samples(const CompiledSignal::Learning& rule);

  /// Beyond weights and samples nothing is kept.
  void save(ByteWriter& out) const;
  void load(ByteReader& in);
  static std::uint64_t bytes(const Form& form, std::uint32_t channels, std::uint32_t inputs);

 private:
  void rls(const CompiledSignal::Learning& rule, std::span<const double> x, std::span<const double> error,
           std::span<const double> gate);
  void gather(std::span<const double> x, std::span<const double> z, std::span<const double> error, std::span<const double> gate);
  double* square(std::size_t g) { return squares_.data() + g * triangle_; }
  double* direction(std::size_t g) { return directions_.data() + g * inputs_; }
  const double* direction(std::size_t g) const { return directions_.data() + g * inputs_; }

  /// P <- (P + share u u^T) factor, with u the gate's direction.
  struct Update {
    double share = 0, factor = 1;
  };

  std::size_t channels_, inputs_, gates_ = 0, triangle_ = 0;
  std::vector<double> weights_;     ///< channels x inputs
  std::vector<double> squares_;     ///< per gate: P of rls, A of ridge
  std::vector<double> products_;    ///< ridge: b of every channel
  std::vector<Update> waiting_;     ///< rls, per gate: what P lacks yet
  std::vector<double> directions_;  ///< rls, per gate: u of the last sample
  std::vector<double> scratch_;
};

}  // namespace spikeloom
