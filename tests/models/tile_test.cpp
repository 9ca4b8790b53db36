// The block kernels against the one-cell step, bit for bit, for every model, variant and number type.
#include "core/tile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "models/models.hpp"

namespace spikeloom::test {
namespace {

constexpr std::uint32_t cells = 3 * tile_cells + 17;

/// Everything that a block needs, with random contents in plausible ranges; `each`: which coefficients differ by cell.
template <class Real, class Sum>
struct Columns {
  Columns(const NeuronModel& model, int variant, bool heterogeneous, bool own_current, bool gains, unsigned seed)
      : model(model), variant(variant) {
    std::mt19937 random(seed);
    const auto uniform = [&](double a, double b) { return a + (b - a) * (static_cast<double>(random() >> 5) / 134217728.0); };
    const ModelTable& table = *model.table;
    coefficients.resize(model.coefficient_count);
    for (std::uint32_t i = 0; i < cells; ++i) {
      std::vector<double> p, c(model.coefficient_count);
      for (const Quantity& q : table.parameters) {
        const bool scale = heterogeneous && std::isfinite(q.initial);
        p.push_back(scale ? q.initial * uniform(.95, 1.05) : q.initial);
        if (q.name.substr(0, 7) == "tau_syn" && variant % 2 == 1 && p.back() == 0) p.back() = 3;
      }
      model.prepare(variant, p.data(), .5, c.data());
      for (std::size_t k = 0; k < c.size(); ++k)
        coefficients[k].push_back(static_cast<Real>(i == 0 || heterogeneous ? c[k] : coefficients[k][0]));
    }
    for (const Quantity& q : table.states) {
      std::vector<Real> column;
      for (std::uint32_t i = 0; i < cells; ++i) {
        double value = uniform(0, 30);
        if (q.name == table.membrane) value = uniform(-75, i % 3 == 0 ? 35 : -54);
        if (q.name == "refractory_steps") value = i % 2 ? 0 : std::floor(uniform(0, 4));
        column.push_back(static_cast<Real>(value));
      }
      states.push_back(column);
    }
    for (std::size_t r = 0; r < table.receptors.size(); ++r) {
      std::vector<Sum> sums;
      std::vector<Real> gain_column;
      for (std::uint32_t i = 0; i < cells; ++i) {
        sums.push_back(static_cast<Sum>(static_cast<std::int64_t>(uniform(table.receptors[r].conductance ? 0 : -1e6, 1e6))));
        if (sizeof(Sum) == 8) sums.back() = sums.back() * 1048573 + static_cast<Sum>(random());
        gain_column.push_back(static_cast<Real>(uniform(.5, 1.5)));
      }
      input.push_back(sums);
      gain.push_back(gain_column);
      input_step.push_back(static_cast<Real>(sizeof(Sum) == 8 ? 3e-11 : 3e-5));
    }
    for (std::uint32_t i = 0; i < cells; ++i) current.push_back(static_cast<Real>(own_current ? uniform(-100, 900) : 300.5));
    this->own_current = own_current;
    this->gains = gains;
    this->heterogeneous = heterogeneous;
  }

  const NeuronModel& model;
  int variant;
  bool own_current, gains, heterogeneous;
  std::vector<std::vector<Real>> states, coefficients, gain;
  std::vector<std::vector<Sum>> input;
  std::vector<Real> input_step, current;
};

template <class Real, class Sum>
std::vector<std::uint32_t> step_block_of(Columns<Real, Sum>& c, BlockKernel<Real, Sum> kernel, bool spread_some) {
  std::vector<Real*> states;
  std::vector<const Real*> coefficients, gain;
  std::vector<Sum*> input;
  std::vector<Real> shared;
  for (std::size_t k = 0; k < c.states.size(); ++k) {
    // Columns that the variant does not use must not even be looked at.
    states.push_back(c.model.uses_state(c.variant, static_cast<int>(k)) ? c.states[k].data() : nullptr);
  }
  for (std::size_t k = 0; k < c.coefficients.size(); ++k) {
    shared.push_back(c.coefficients[k][0]);
    bool same = true;
    for (const Real x : c.coefficients[k])
      same = same && x == c.coefficients[k][0] && std::signbit(x) == std::signbit(c.coefficients[k][0]);
    coefficients.push_back(same && spread_some ? nullptr : c.coefficients[k].data());
  }
  for (std::size_t r = 0; r < c.input.size(); ++r) {
    const bool merged = c.model.merged_receptor(c.variant, static_cast<int>(r)) != static_cast<int>(r);
    input.push_back(merged ? nullptr : c.input[r].data());
    gain.push_back(c.gains && r != 1 ? c.gain[r].data() : nullptr);
  }
  std::vector<std::uint32_t> spikes(cells);
  const Block<Real, Sum> block{cells,        states.data(),       coefficients.data(), shared.data(),
                               input.data(), c.input_step.data(), gain.data(),         c.own_current ? c.current.data() : nullptr,
                               c.current[0], spikes.data()};
  spikes.resize(kernel(block));
  return spikes;
}

template <class Real, class Sum>
std::vector<std::uint32_t> step_cells_of(Columns<Real, Sum>& c, NeuronModel::CellStep<Real> step) {
  std::vector<std::uint32_t> spikes;
  for (std::uint32_t i = 0; i < cells; ++i) {
    std::vector<Real> state, coefficient, arrivals;
    for (const auto& column : c.states) state.push_back(column[i]);
    for (const auto& column : c.coefficients) coefficient.push_back(column[i]);
    for (std::size_t r = 0; r < c.input.size(); ++r) {
      if (c.model.merged_receptor(c.variant, static_cast<int>(r)) != static_cast<int>(r)) {
        arrivals.push_back(0);
        continue;
      }
      Real value = static_cast<Real>(c.input[r][i]) * c.input_step[r];
      if (c.gains && r != 1) value *= c.gain[r][i];
      arrivals.push_back(value);
      c.input[r][i] = 0;
    }
    if (step(c.variant, state.data(), coefficient.data(), arrivals.data(), c.current[i])) spikes.push_back(i);
    for (std::size_t k = 0; k < state.size(); ++k) c.states[k][i] = state[k];
  }
  return spikes;
}

template <class Real>
bool same_bits(const std::vector<Real>& a, const std::vector<Real>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

template <class Real, class Sum>
std::size_t compare(const NeuronModel& model, int variant, NeuronModel::CellStep<Real> step, BlockKernel<Real, Sum> kernel) {
  std::size_t spikes = 0;
  for (unsigned form = 0; form < 16; ++form) {
    Columns<Real, Sum> by_block(model, variant, form & 1, form & 2, form & 4, 100 + form);
    Columns<Real, Sum> by_cell = by_block;
    for (int n = 0; n < 4; ++n) {
      const auto a = step_block_of(by_block, kernel, form & 8), b = step_cells_of(by_cell, step);
      EXPECT_EQ(a, b) << "form " << form << " step " << n;
      spikes += a.size();
      for (std::size_t k = 0; k < by_cell.states.size(); ++k)
        EXPECT_TRUE(same_bits(by_block.states[k], by_cell.states[k])) << "state " << k << " form " << form << " step " << n;
      for (std::size_t r = 0; r < by_cell.input.size(); ++r)
        if (model.merged_receptor(variant, static_cast<int>(r)) == static_cast<int>(r)) {
          EXPECT_EQ(by_block.input[r], by_cell.input[r]);
        }
      for (std::size_t r = 0; r < by_cell.input.size(); ++r)
        for (std::uint32_t i = n + 1; i < cells; i += 7) by_block.input[r][i] = by_cell.input[r][i] = static_cast<Sum>(5000 + i);
    }
  }
  return spikes;
}

TEST(Tile, StepsEveryModelToTheBitsOfTheOneCellStep) {
  const ModelSet set = builtin_models();
  for (const NeuronModel& model : set.all()) {
    for (int variant = 0; variant < model.variant_count; ++variant) {
      SCOPED_TRACE(std::string(model.table->name) + " variant " + std::to_string(variant));
      EXPECT_GT((compare<float, std::int32_t>(model, variant, model.step_float, model.kernels.float_32[variant])), 0u);
      EXPECT_GT((compare<float, std::int64_t>(model, variant, model.step_float, model.kernels.float_64[variant])), 0u);
      EXPECT_GT((compare<double, std::int64_t>(model, variant, model.step_double, model.kernels.double_64[variant])), 0u);
    }
  }
}

TEST(Tile, AnEmptyBlockAndMissingInputAreFine) {
  const ModelSet set = builtin_models();
  for (const NeuronModel& model : set.all()) {
    Columns<double, std::int64_t> c(model, 0, false, false, false, 1);
    std::vector<double*> states;
    std::vector<double> shared;
    for (auto& column : c.states) states.push_back(column.data());
    for (auto& column : c.coefficients) shared.push_back(column[0]);
    std::vector<const double*> coefficients(shared.size(), nullptr);
    std::vector<std::int64_t*> input(c.input.size(), nullptr);
    std::uint32_t spikes[1];
    Block<double, std::int64_t> block{
        0, states.data(), coefficients.data(), shared.data(), input.data(), c.input_step.data(), nullptr, nullptr, 0.0, spikes};
    const auto before = c.states;
    EXPECT_EQ(model.kernels.double_64[0](block), 0u);
    EXPECT_EQ(c.states, before);
    block.count = 1;
    model.kernels.double_64[0](block);
    EXPECT_NE(c.states[0][0], before[0][0]);
    EXPECT_EQ(c.states[0][1], before[0][1]);
  }
}

TEST(Tile, SumsBecomeRealsWithOneRounding) {
  std::mt19937_64 random(5);
  for (int k = 0; k < 200000; ++k) {
    const auto sum = static_cast<std::int64_t>(random()) >> (k % 64);
    EXPECT_EQ((real_of_sum<double, std::int64_t>(sum)), static_cast<double>(sum));
    EXPECT_EQ((real_of_sum<float, std::int64_t>(sum)), static_cast<float>(sum));
  }
  for (const std::int64_t sum : {INT64_MIN, INT64_MAX, std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 53) + 1,
                                 -(std::int64_t{1} << 53) - 1, std::int64_t{1} << 32, -(std::int64_t{1} << 32)})
    EXPECT_EQ((real_of_sum<double, std::int64_t>(sum)), static_cast<double>(sum));
  EXPECT_FALSE(std::signbit(real_of_sum<double, std::int64_t>(0)));
}

}  // namespace
}  // namespace spikeloom::test
