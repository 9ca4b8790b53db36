// Weights and delays of synapses: which laws are fast, what their extremes are, and how the others are evaluated.
#include "core/compile/synapses.hpp"

#include <algorithm>
#include <cmath>

#include "core/math/distributions.hpp"

namespace spikeloom {
namespace {

FastLaw constant_law(double value) { return {FastLaw::Kind::constant, value, 0, value, value}; }

/// Drawing again outside the bounds is drawing from the words between theirs; false where too few are left of them.
bool restrict_words(const std::vector<double>& a, FastLaw& law) {
  const auto words_below = [&](double bound, double at_infinity) {
    return std::isinf(bound) ? at_infinity : math::normal_cdf((bound - a[0]) / a[1]) * 0x1p32;
  };
  const double first = std::ceil(words_below(a[2], 0)), last = std::floor(words_below(a[3], 0x1p32)) - 1;
  if (!(last - first >= 0x1p24)) return false;
  law.first_word = static_cast<std::uint32_t>(first);
  law.words = static_cast<std::uint32_t>(last - first);
  return true;
}

bool fast_normal(const Distribution& law, const std::vector<double>& a, FastLaw& out) {
  out = {FastLaw::Kind::normal, a[0], a[1], -unbounded, unbounded};
  const bool bounded = a.size() == 4;
  if (bounded) out.low = a[2], out.high = a[3];
  if (a[1] == 0) {
    if (bounded && !law.clip && (a[0] < a[2] || a[0] > a[3])) return false;
    out = constant_law(bounded ? math::clamped(a[0], a[2], a[3]) : a[0]);
    return true;
  }
  return !bounded || law.clip || restrict_words(a, out);
}

/// The kernel's form of a law with constant arguments; false: it has none.
bool fast_form(const ElementValue& value, FastLaw& law) {
  using Law = Distribution::Law;
  if (value.is_constant()) {
    law = constant_law(value.constant());
    return true;
  }
  const Distribution* distribution = value.distribution();
  const auto arguments = distribution != nullptr ? value.constant_arguments() : std::nullopt;
  if (!arguments) return false;
  const auto& a = *arguments;
  switch (distribution->law) {
    case Law::uniform: law = {FastLaw::Kind::uniform, a[0], a[1] - a[0], a[0], a[1]}; return true;
    case Law::normal: return fast_normal(*distribution, a, law);
    case Law::lognormal: {
      const double ratio = a[1] / a[0], square = math::log1p(ratio * ratio);
      law = {FastLaw::Kind::lognormal, math::log(a[0]) - 0.5 * square, std::sqrt(square), 0, unbounded};
      if (a[1] == 0) law = constant_law(a[0]);
      return true;
    }
    case Law::exponential: law = {FastLaw::Kind::exponential, a[0], 0, 0, unbounded}; return true;
    case Law::log_uniform:
      law = {FastLaw::Kind::log_uniform, math::log(a[0]), math::log(a[1]) - math::log(a[0]), a[0], a[1]};
      return true;
    case Law::uniform_int:
      law = {FastLaw::Kind::uniform_int, a[0], a[1] - a[0] + 1, a[0], a[1]};
      return a[1] - a[0] < 0x1p20;  // beyond, 32-bit words are not enough for equal shares
    default: return false;
  }
}

struct Extremes {
  double low, high;
};

/// Every law is monotone in its word.
Extremes extremes(const FastLaw& law) {
  const std::uint32_t words[16] = {0, 0xFFFFFFFFu};
  double values[16];
  random_kernels().values(law, words, 2, values);
  return {std::min(values[0], values[1]), std::max(values[0], values[1])};
}

Where deeper(const Value& value, const std::string& path) { return place(value, path); }

}  // namespace

void DelayTally::add(double ms, std::uint32_t steps) {
  ++seen_;
  const double exact = ms / step_ms_, change = std::fabs(exact - steps);
  if (change <= step_slack * std::max(1.0, exact)) return;
  ++counted_.rounded;
  counted_.raised += exact + step_slack < 0.5;
  counted_.largest_ms = std::max(counted_.largest_ms, change * step_ms_);
}

DelayRounding DelayTally::scaled_to(std::uint64_t synapses) const {
  if (seen_ == synapses || seen_ == 0) return counted_;
  const auto scaled = [&](std::uint64_t part) {
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(part) / static_cast<double>(seen_) * static_cast<double>(synapses)));
  };
  return {scaled(counted_.rounded), scaled(counted_.raised), counted_.largest_ms, counted_.below_min};
}

SynapseQuantity SynapseNumbers::quantity(const CompileContext& context, const RowRequest&, const Value& value,
                                         const std::string& path, std::optional<std::uint64_t> array_size, const Range& range) {
  SynapseQuantity result;
  auto element = std::make_shared<ElementValue>(context, value, path, names_, scope_, array_size, range);
  result.fast = fast_form(*element, result.law);
  if (!result.fast) result.slow = std::move(element);
  return result;
}

SynapseNumbers::SynapseNumbers(const CompileContext& context, const RowRequest& request, std::optional<std::uint64_t> array_size)
    : key_(stream_key(context.out.wiring_seed, Purpose::synapse, request.key)),
      slow_key_(stream_key(context.out.wiring_seed, Purpose::synapse_draw, request.key)),
      step_ms_(context.out.step_ms) {
  const Projection& written = request.projection;
  for (const auto& [name, value] : written.constants) scope_.add(name, number(context, value, request.path));
  scope_.add("N_from", request.from.size);
  scope_.add("N_to", request.to.size);
  for (const auto& [name, value] : written.draw) {
    names_.push_back(name);
    draws_.push_back(std::make_shared<ElementValue>(context, value, request.path + "/draw/" + pointer_part(name),
                                                    std::vector<std::string>{}, scope_, std::nullopt));
  }
  names_.insert(names_.end(), {"i", "j"});
  const Value weight = written.weight.value_or(Value(1.0));
  weight_ = quantity(context, request, weight, request.path + "/weight", array_size, {});
  weight_where_ = deeper(weight, request.path + "/weight");
  read_delay(context, request, array_size);
}

void SynapseNumbers::read_delay(const CompileContext& context, const RowRequest& request,
                                std::optional<std::uint64_t> array_size) {
  const Projection& written = request.projection;
  const std::string path = request.path + "/delay_ms";
  const bool parts = written.axonal_ms || written.dendritic_ms;
  const double longest = static_cast<double>(max_delay_steps) * step_ms_;
  // A written delay must be positive (a part alone may be 0); drawn ones are raised to one step instead.
  const auto range_of = [&](const Value& value) {
    const bool drawn = std::holds_alternative<Distribution>(value.form);
    return drawn ? Range{} : Range{0, longest, !parts};
  };
  const Value first = parts ? written.axonal_ms.value_or(Value(0.0)) : written.delay_ms.value_or(Value(1.0));
  const Value second = written.dendritic_ms.value_or(Value(0.0));
  const std::string first_path = parts ? path + "/axonal_ms" : path;
  delay_ = quantity(context, request, first, first_path, array_size, range_of(first));
  second_ = quantity(context, request, second, path + "/dendritic_ms", array_size, parts ? range_of(second) : Range{});
  delay_where_ =
      deeper(!parts || written.axonal_ms ? first : second, !parts || written.axonal_ms ? first_path : path + "/dendritic_ms");
  if (!delay_.is_constant() || !second_.is_constant()) return;
  delay_.law = constant_law(delay_.law.a + second_.law.a);  // they add, and one number is left
  second_.law = constant_law(0);
  if (!(delay_.law.a > 0) || delay_.law.a > longest)
    throw Error("range", delay_where_, "the delay is out of range")
        .with_value(show(delay_.law.a))
        .with_allowed(Range{0, longest, true}.text() + " (ms)");
}

bool SynapseNumbers::draws_words() const {
  const auto draws = [](const SynapseQuantity& q) { return q.fast && !q.is_constant(); };
  return draws(weight_) || draws(delay_) || draws(second_);
}

std::uint32_t SynapseNumbers::steps_of(double ms) const {
  std::uint32_t steps[16];
  const double values[16] = {ms};
  random_kernels().steps(values, 1, step_ms_, steps);
  return steps[0];
}

double SynapseNumbers::lowest_weight() const { return extremes(weight_.law).low; }
double SynapseNumbers::highest_weight() const { return extremes(weight_.law).high; }
std::uint32_t SynapseNumbers::min_delay() const { return steps_of(extremes(delay_.law).low + extremes(second_.law).low); }

std::uint32_t SynapseNumbers::max_delay() const {
  const double longest = extremes(delay_.law).high + extremes(second_.law).high;
  if (!(longest / step_ms_ <= max_delay_steps))
    throw Error("limit", delay_where_, "delays drawn here may be too long", Exit::refused)
        .with_value(show(longest) + " ms")
        .with_allowed("at most 2^20 steps = " + show(max_delay_steps * step_ms_) + " ms");
  return steps_of(longest);
}

DelayTable SynapseNumbers::delay_table() const {
  if (!delay_.fast || !second_.is_constant() || second_.law.a != 0) return {};
  return {delay_.law, step_ms_, min_delay(), max_delay()};
}

DelayRounding SynapseNumbers::rounding(std::uint64_t synapses) const {
  constexpr std::uint32_t batches =
      16;  // of kernel_lanes words, evenly spread over all; the second part takes them in another order
  DelayTally tally(step_ms_);
  const std::uint32_t all = delay_.is_constant() && second_.is_constant() ? 1 : batches * kernel_lanes;
  std::uint32_t word[kernel_lanes], other[kernel_lanes], steps[kernel_lanes];
  double ms[kernel_lanes], more[kernel_lanes];
  for (std::uint32_t at = 0; at < all; at += kernel_lanes) {
    const std::uint32_t n = std::min(kernel_lanes, all - at);
    for (std::uint32_t i = 0; i < kernel_lanes; ++i) {
      word[i] = (at + i) * (0xFFFFFFFFu / (batches * kernel_lanes)) + 0x7FFFFu;
      other[i] = word[i] * 0x9E3779B1u;
    }
    random_kernels().values(delay_.law, word, n, ms);
    random_kernels().values(second_.law, other, n, more);
    for (std::uint32_t i = 0; i < n; ++i) ms[i] += more[i];
    random_kernels().steps(ms, n, step_ms_, steps);
    for (std::uint32_t i = 0; i < n; ++i) tally.add(ms[i], steps[i]);
  }
  return tally.scaled_to(synapses);
}

SynapseNumbers::Filler::Filler(const SynapseNumbers& numbers) : numbers_(numbers) {
  if (!numbers.is_slow()) return;
  for (const auto& draw : numbers.draws_) draws_.push_back(*draw);
  used_.assign(numbers.names_.size(), false);
  variables_.assign(numbers.names_.size(), 0.0);
  const auto copy = [&](const SynapseQuantity& from, std::optional<ElementValue>& to) {
    if (from.fast) return;
    to.emplace(*from.slow);
    for (const std::size_t read : from.slow->reads()) used_[read] = true;
  };
  copy(numbers.weight_, weight_);
  copy(numbers.delay_, delay_);
  copy(numbers.second_, second_);
}

void SynapseNumbers::Filler::fill_slow(ElementValue& value, std::uint64_t name, const Lanes& lanes, double* out) {
  const auto stream_of = [&](std::uint64_t what, std::uint32_t lane) {
    return RandomStream(sub_key(numbers_.slow_key_, what), lanes.k[lane], lanes.row[lane], 0);
  };
  for (std::uint32_t lane = 0; lane < lanes.count; ++lane) {
    for (std::size_t d = 0; d < draws_.size(); ++d) {
      if (!used_[d]) continue;
      RandomStream stream = stream_of(name_key(numbers_.names_[d]), lane);
      variables_[d] = draws_[d](0, nullptr, stream);
    }
    variables_[draws_.size()] = lanes.source[lane];
    variables_[draws_.size() + 1] = lanes.target[lane];
    RandomStream stream = stream_of(name, lane);
    out[lane] = value(lanes.listed[lane], variables_.data(), stream);
  }
}

void SynapseNumbers::Filler::weights(const Lanes& lanes, const std::uint32_t* word1, double* weight) {
  if (weight_) fill_slow(*weight_, 1, lanes, weight);
  else random_kernels().values(numbers_.weight_.law, word1, lanes.count, weight);
}

void SynapseNumbers::Filler::delays(const Lanes& lanes, const std::uint32_t* word2, const std::uint32_t* word3, double* ms) {
  const RandomKernels& kernels = random_kernels();
  const std::uint32_t n = lanes.count;
  if (delay_) fill_slow(*delay_, 2, lanes, ms);
  else kernels.values(numbers_.delay_.law, word2, n, ms);
  if (numbers_.second_.is_constant() && numbers_.second_.law.a == 0) return;
  double more[kernel_lanes];
  if (second_) fill_slow(*second_, 3, lanes, more);
  else kernels.values(numbers_.second_.law, word3, n, more);
  for (std::uint32_t i = 0; i < n; ++i) ms[i] += more[i];
}

}  // namespace spikeloom
