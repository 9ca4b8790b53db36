#include "core/compile/synapses.hpp"

#include <algorithm>
#include <cmath>

#include "core/math/distributions.hpp"

namespace spikeloom {
namespace {

/// The kernel's form of a law with constant arguments; false: it has none.
bool fast_form(const ElementValue& value, FastLaw& law) {
  using Law = Distribution::Law;
  if (value.is_constant()) {
    law = {FastLaw::Kind::constant, value.constant(), 0, value.constant(), value.constant()};
    return true;
  }
  const Distribution* distribution = value.distribution();
  const auto arguments = distribution != nullptr ? value.constant_arguments() : std::nullopt;
  if (!arguments) return false;
  const auto& a = *arguments;
  law.low = -unbounded, law.high = unbounded;
  switch (distribution->law) {
    case Law::uniform: law = {FastLaw::Kind::uniform, a[0], a[1] - a[0], a[0], a[1]}; return true;
    case Law::normal: {
      law.kind = FastLaw::Kind::normal, law.a = a[0], law.b = a[1];
      if (a.size() < 4) return true;
      law.low = a[2], law.high = a[3];
      if (distribution->clip || a[1] == 0) return a[1] != 0 || (a[0] >= a[2] && a[0] <= a[3]);
      // Drawing again outside the bounds = the words between those of the bounds; too few of them: the slow, exact way.
      const double first = std::isinf(a[2]) ? 0 : math::normal_cdf((a[2] - a[0]) / a[1]) * 0x1p32;
      const double last = std::isinf(a[3]) ? 0x1p32 : math::normal_cdf((a[3] - a[0]) / a[1]) * 0x1p32;
      if (last - first < 0x1p20) return false;
      law.first_word = static_cast<std::uint32_t>(std::min(first, 4294967295.0));
      law.words = static_cast<std::uint32_t>(std::min(std::floor(last) - 1, 4294967295.0) - law.first_word);
      return true;
    }
    case Law::lognormal: {
      if (a[1] == 0) { law = {FastLaw::Kind::constant, a[0], 0, a[0], a[0]}; return true; }
      const double ratio = a[1] / a[0], square = math::log1p(ratio * ratio);
      law.kind = FastLaw::Kind::lognormal, law.a = math::log(a[0]) - 0.5 * square, law.b = std::sqrt(square), law.low = 0;
      return true;
    }
    case Law::exponential: law.kind = FastLaw::Kind::exponential, law.a = a[0], law.low = 0; return true;
    case Law::log_uniform:
      law = {FastLaw::Kind::log_uniform, math::log(a[0]), math::log(a[1]) - math::log(a[0]), a[0], a[1]};
      return true;
    case Law::uniform_int:
      if (a[1] - a[0] >= 0x1p31) return false;
      law = {FastLaw::Kind::uniform_int, a[0], a[1] - a[0] + 1, a[0], a[1]};
      return true;
    default: return false;
  }
}

void extremes(const FastLaw& law, double& low, double& high) {
  std::uint32_t words[16] = {0, 0xFFFFFFFFu};
  double values[16];
  synapse_kernels().values(law, words, 2, values);
  low = std::min(values[0], values[1]);
  high = std::max(values[0], values[1]);
}

}  // namespace

SynapseQuantity SynapseNumbers::quantity(const CompileContext& context, const RowRequest& request, const Value& value,
                                         const std::string& path, std::optional<std::uint64_t> array_size, const Range& range) {
  Scope scope;
  for (const auto& [name, constant] : request.projection.constants) scope.add(name, number(context, constant, request.path));
  scope.add("N_from", from_size_);
  scope.add("N_to", to_size_);
  SynapseQuantity result;
  auto element = std::make_shared<ElementValue>(context, value, path, names_, scope, array_size, range);
  result.fast = fast_form(*element, result.law);
  if (!result.fast) result.slow = element;
  return result;
}

SynapseNumbers::SynapseNumbers(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size)
    : key_(stream_key(context.out.wiring_seed, Purpose::synapse, request.key)),
      slow_key_(stream_key(context.out.wiring_seed, Purpose::synapse_draw, request.key)), step_ms_(context.out.step_ms),
      from_size_(request.from.size), to_size_(request.to.size) {
  const Projection& written = request.projection;
  for (const auto& [name, value] : written.draw) {
    names_.push_back(name);
    Scope scope;
    for (const auto& [constant, number_of] : written.constants) scope.add(constant, number(context, number_of, request.path));
    draws_.push_back(std::make_shared<ElementValue>(context, value, request.path + "/draw/" + pointer_part(name), std::vector<std::string>{}, scope, std::nullopt));
  }
  for (const char* name : {"i", "j"}) names_.push_back(name);

  const std::string weight_path = request.path + "/weight", delay_path = request.path + "/delay_ms";
  weight_ = quantity(context, request, written.weight.value_or(Value(1.0)), weight_path, array_size, {});
  weight_where_ = place(written.weight.value_or(Value(1.0)), weight_path);
  const bool parts = written.axonal_ms || written.dendritic_ms;
  const Range written_delay{0, static_cast<double>(max_delay_steps) * step_ms_, !parts};
  const Value first = parts ? written.axonal_ms.value_or(Value(0.0)) : written.delay_ms.value_or(Value(1.0));
  const std::string first_path = parts ? delay_path + "/axonal_ms" : delay_path;
  // A written delay must be positive; a drawn one is raised to one step, so only constants and arrays are range-checked.
  const bool drawn = std::holds_alternative<Distribution>(first.form) || std::holds_alternative<Expression>(first.form);
  delay_ = quantity(context, request, first, first_path, array_size, drawn ? Range{} : written_delay);
  delay_where_ = place(first, first_path);
  if (delay_.fast && delay_.law.kind == FastLaw::Kind::constant && !written_delay.holds(delay_.law.a))
    throw Error("range", delay_where_, "the delay is out of range").with_value(show(delay_.law.a)).with_allowed(written_delay.text() + " (ms)");
  if (!written.dendritic_ms) return;
  two_delays_ = true;
  second_ = quantity(context, request, *written.dendritic_ms, delay_path + "/dendritic_ms", array_size, {0, static_cast<double>(max_delay_steps) * step_ms_});
  const bool constants = delay_.fast && second_.fast && delay_.law.kind == FastLaw::Kind::constant && second_.law.kind == FastLaw::Kind::constant;
  if (constants) {  // they add, and one number is left
    delay_.law.a += second_.law.a;
    delay_.law.low = delay_.law.high = delay_.law.a;
    two_delays_ = false;
    if (!(delay_.law.a > 0)) throw Error("range", delay_where_, "the whole delay must be positive").with_value(show(delay_.law.a)).with_allowed("> 0 (ms)");
  }
}

bool SynapseNumbers::draws_words() const {
  const auto draws = [](const SynapseQuantity& q) { return q.fast && q.law.kind != FastLaw::Kind::constant; };
  return draws(weight_) || draws(delay_) || (two_delays_ && draws(second_));
}

std::uint32_t SynapseNumbers::steps_of(double ms) const {
  std::uint32_t steps[16];
  const double values[16] = {ms};
  synapse_kernels().steps(values, 1, step_ms_, steps);
  return steps[0];
}

double SynapseNumbers::max_abs_weight() const {
  double low = 0, high = 0;
  extremes(weight_.law, low, high);
  return std::max(std::fabs(low), std::fabs(high));
}

std::uint32_t SynapseNumbers::min_delay() const {
  double low = 0, high = 0, low2 = 0, high2 = 0;
  extremes(delay_.law, low, high);
  if (two_delays_) extremes(second_.law, low2, high2);
  return steps_of(low + low2);
}

std::uint32_t SynapseNumbers::max_delay() const {
  double low = 0, high = 0, low2 = 0, high2 = 0;
  extremes(delay_.law, low, high);
  if (two_delays_) extremes(second_.law, low2, high2);
  if (!((high + high2) / step_ms_ < max_delay_steps))
    throw Error("limit", delay_where_, "delays may be too long", Exit::refused).with_value(show(high + high2) + " ms").with_allowed("at most 2^20 steps");
  return steps_of(high + high2);
}

void SynapseNumbers::count_rounding(std::uint64_t synapses, DelayRounding& rounding) const {
  if (two_delays_ || !delay_.fast || delay_.law.kind != FastLaw::Kind::constant) return;
  const double ms = delay_.law.a, steps = ms / step_ms_, kept = steps_of(ms);
  if (std::fabs(kept - steps) <= 1e-9 * std::max(1.0, steps)) return;
  rounding.rounded = synapses;
  rounding.raised = steps < 0.5 ? synapses : 0;
  rounding.largest_ms = std::fabs(kept * step_ms_ - ms);
}

void SynapseNumbers::fill_slow(const SynapseQuantity& quantity, std::uint64_t name, const Lanes& lanes, double* out) const {
  ElementValue value = *quantity.slow;  // a copy of our own: expressions are not shared between threads
  std::vector<ElementValue> draws;
  for (const auto& draw : draws_) draws.push_back(*draw);
  std::vector<double> variables(names_.size());
  const auto stream_of = [&](std::uint64_t what, std::uint32_t lane) {
    return RandomStream(sub_key(slow_key_, what), lanes.k[lane], lanes.row[lane], 0);
  };
  for (std::uint32_t lane = 0; lane < lanes.count; ++lane) {
    for (std::size_t d = 0; d < draws.size(); ++d) {
      RandomStream stream = stream_of(name_key(names_[d]), lane);
      variables[d] = draws[d](0, nullptr, stream);
    }
    variables[draws.size()] = lanes.source[lane];
    variables[draws.size() + 1] = lanes.target[lane];
    RandomStream stream = stream_of(name, lane);
    out[lane] = value(lanes.listed[lane], variables.data(), stream);
  }
}

void SynapseNumbers::fill(const Lanes& lanes, std::uint32_t plane, bool wants_partner, std::uint32_t* partner, double* weight,
                          std::uint32_t* delay) const {
  const SynapseKernels& kernels = synapse_kernels();
  std::uint32_t word1[kernel_lanes], word2[kernel_lanes], word3[kernel_lanes];
  double ms[kernel_lanes], more[kernel_lanes];
  if (wants_partner || draws_words()) kernels.words(key_, lanes.k, lanes.row, plane, lanes.count, partner, word1, word2, word3);
  if (weight_.fast) kernels.values(weight_.law, word1, lanes.count, weight);
  else fill_slow(weight_, 1, lanes, weight);
  if (delay_.fast) kernels.values(delay_.law, word2, lanes.count, ms);
  else fill_slow(delay_, 2, lanes, ms);
  if (two_delays_) {
    if (second_.fast) kernels.values(second_.law, word3, lanes.count, more);
    else fill_slow(second_, 3, lanes, more);
    for (std::uint32_t i = 0; i < lanes.count; ++i) ms[i] += more[i];
  }
  kernels.steps(ms, lanes.count, step_ms_, delay);
}

}  // namespace spikeloom
