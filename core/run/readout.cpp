// Sums over the values read go through core/math, so that learning has the same bits everywhere.
#include "core/run/readout.hpp"

#include <algorithm>

#include "core/math/sums.hpp"
#include "core/math/symmetric.hpp"

namespace spikeloom {

namespace {

using Learning = CompiledSignal::Learning;

double of_channel(std::span<const double> values, std::size_t c) { return values.size() == 1 ? values[0] : values[c]; }

}  // namespace

Readout::Readout(const Form& form, std::uint32_t channels, std::uint32_t inputs) : channels_(channels), inputs_(inputs) {
  set_weights(form.weights);
  if (!form.learning || form.learning->kind == Learning::Kind::delta) return;
  gates_ = form.learning->gates;
  triangle_ = math::triangle_size(inputs);
  squares_.resize(gates_ * triangle_);
  if (form.learning->kind == Learning::Kind::ridge) {
    products_.resize(channels_ * inputs_);
  } else {
    waiting_.resize(gates_);
    directions_.resize(gates_ * inputs_);
    scratch_.resize(inputs_);
  }
  forget_samples(*form.learning);
}

void Readout::set_weights(const std::vector<double>& weights) {
  weights_ = weights;
  if (weights.size() == 1) weights_.assign(channels_ * inputs_, weights[0]);
}

void Readout::read(std::span<const double> x, std::span<double> z) const {
  for (std::size_t c = 0; c < channels_; ++c) z[c] = math::blocked_dot(weights_.data() + c * inputs_, x.data(), inputs_);
}

void Readout::learn(const Learning& rule, std::span<const double> x, std::span<const double> z, std::span<const double> error,
                    std::span<const double> gate) {
  if (rule.kind == Learning::Kind::rls) return rls(rule, x, error, gate);
  if (rule.kind == Learning::Kind::ridge) return gather(x, z, error, gate);
  if (std::ranges::all_of(gate, [](double g) { return g == 0; })) return;
  const double norm = rule.normalise ? math::blocked_dot(x.data(), x.data(), inputs_) : 1;
  if (norm == 0) return;
  for (std::size_t c = 0; c < channels_; ++c) {
    const double factor = rule.eta * of_channel(gate, c) * of_channel(error, c) / norm;
    if (factor == 0) continue;
    double* const w = weights_.data() + c * inputs_;
    for (std::size_t i = 0; i < inputs_; ++i) w[i] += factor * x[i];
  }
}

void Readout::rls(const Learning& rule, std::span<const double> x, std::span<const double> error, std::span<const double> gate) {
  double* const u = scratch_.data();
  for (std::size_t k = 0; k < gates_; ++k) {
    const double g = gate[k];
    if (!(g > 0)) continue;
    math::symmetric_update_times(square(k), inputs_, waiting_[k].share, direction(k), waiting_[k].factor, x.data(), u);
    const double share = g / (rule.forget + g * math::blocked_dot(x.data(), u, inputs_));
    for (std::size_t c = gates_ == 1 ? 0 : k; c < (gates_ == 1 ? channels_ : k + 1); ++c) {
      const double factor = share * of_channel(error, c);
      double* const w = weights_.data() + c * inputs_;
      for (std::size_t i = 0; i < inputs_; ++i) w[i] += factor * u[i];
    }
    waiting_[k] = {.share = -share, .factor = 1 / rule.forget};
    std::copy_n(u, inputs_, direction(k));
  }
}

void Readout::gather(std::span<const double> x, std::span<const double> z, std::span<const double> error,
                     std::span<const double> gate) {
  for (std::size_t k = 0; k < gates_; ++k)
    if (gate[k] > 0) math::symmetric_update(square(k), inputs_, gate[k], x.data(), 1);
  for (std::size_t c = 0; c < channels_; ++c) {
    const double g = of_channel(gate, c);
    if (!(g > 0)) continue;
    const double factor = g * (of_channel(error, c) + z[c]);
    double* const b = products_.data() + c * inputs_;
    for (std::size_t i = 0; i < inputs_; ++i) b[i] += factor * x[i];
  }
}

void Readout::settle(const Learning& rule, const std::string& name) {
  if (rule.kind != Learning::Kind::ridge) return;
  std::vector<double> system(triangle_);
  for (std::size_t k = 0; k < gates_; ++k) {
    std::copy_n(square(k), triangle_, system.begin());
    for (std::size_t i = 0; i < inputs_; ++i) system[math::triangle_size(i) + i] += rule.lambda;
    if (!math::cholesky(system.data(), inputs_))
      throw Error("nan", {"/signals/" + name}, "the weights of readout " + name + " cannot be solved for in numbers of this size",
                  Exit::run_failed);
    for (std::size_t c = gates_ == 1 ? 0 : k; c < (gates_ == 1 ? channels_ : k + 1); ++c) {
      double* const w = weights_.data() + c * inputs_;
      std::copy_n(products_.data() + c * inputs_, inputs_, w);
      math::cholesky_solve(system.data(), inputs_, w);
    }
  }
}

void Readout::forget_samples(const Learning& rule) {
  std::ranges::fill(squares_, 0.0);
  std::ranges::fill(products_, 0.0);
  if (rule.kind != Learning::Kind::rls) return;
  std::ranges::fill(waiting_, Update{});
  std::ranges::fill(directions_, 0.0);
  for (std::size_t k = 0; k < gates_; ++k)
    for (std::size_t i = 0; i < inputs_; ++i) square(k)[math::triangle_size(i) + i] = rule.P0;
}

void Readout::save(ByteWriter& out) const {
  std::vector<double> squares = squares_;
  for (std::size_t k = 0; k < waiting_.size(); ++k)
    math::symmetric_update(squares.data() + k * triangle_, inputs_, waiting_[k].share, direction(k), waiting_[k].factor);
  out.put_array(std::span<const double>(weights_));
  out.put_array(std::span<const double>(squares));
  out.put_array(std::span<const double>(products_));
}

void Readout::load(ByteReader& in) {
  for (auto* part : {&weights_, &squares_, &products_}) {
    auto loaded = in.get_array<double>();
    if (loaded.size() != part->size()) throw Error("checkpoint", {}, "the checkpoint has a readout of another size");
    *part = std::move(loaded);
  }
  std::ranges::fill(waiting_, Update{});
  std::ranges::fill(directions_, 0.0);
}

std::uint64_t Readout::bytes(const Form& form, std::uint32_t channels, std::uint32_t inputs) {
  const std::uint64_t weights = std::uint64_t{channels} * inputs;
  if (!form.learning || form.learning->kind == Learning::Kind::delta) return 8 * weights;
  const bool ridge = form.learning->kind == Learning::Kind::ridge;
  const std::uint64_t gates = form.learning->gates, triangle = math::triangle_size(inputs);
  return ridge ? 8 * (3 * weights + triangle * (2 * gates + 1)) : 8 * (weights + (triangle + inputs) * gates + inputs);
}

}  // namespace spikeloom
