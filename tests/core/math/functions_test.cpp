// The promise that a function has the same bits one at a time, in a vectorised loop, and in every build.
#include "core/math/functions.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/core/math/measures.hpp"

namespace spikeloom {

constexpr std::size_t count = 4096;

/// One call at a time, hidden from the vectoriser.
template <class Real, class Function>
__attribute__((noinline)) Real single(Function f, Real x) {
  volatile Real argument = x;
  return f(argument);
}

template <class Real, class Function>
__attribute__((noinline)) void loop(Function f, const Real* __restrict x, Real* __restrict y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = f(x[i]);
}

template <class Real>
std::uint64_t hash_of(const std::vector<Real>& values, std::uint64_t h = 0xcbf29ce484222325ULL) {
  for (const Real value : values) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    h = (h ^ bits) * 0x100000001b3ULL;
    h ^= h >> 29;
  }
  return h;
}

/// Numbers of both signs and many sizes, the special ones among them; NaN excluded, as its bits mean nothing.
template <class Real>
std::vector<Real> arguments(double low, double high) {
  std::vector<Real> x(count);
  for (std::uint32_t i = 0; i < count; ++i) x[i] = static_cast<Real>(low + (high - low) * test::uniform_at(i));
  return x;
}

template <class Real, class Function>
std::uint64_t checked_hash(const char* name, Function f, double low, double high) {
  const std::vector<Real> x = arguments<Real>(low, high);
  std::vector<Real> together(count), apart(count);
  loop(f, x.data(), together.data());
  for (std::size_t i = 0; i < count; ++i) apart[i] = single(f, x[i]);
  EXPECT_EQ(hash_of(together), hash_of(apart)) << name;
  return hash_of(together);
}

template <class Real>
std::uint64_t hash_of_all() {
  std::vector<std::uint64_t> all;
  all.push_back(checked_hash<Real>(
      "exp", [](Real x) { return math::exp(x); }, -90, 90));
  all.push_back(checked_hash<Real>(
      "expm1", [](Real x) { return math::expm1(x); }, -3, 3));
  all.push_back(checked_hash<Real>(
      "tanh", [](Real x) { return math::tanh(x); }, -3, 3));
  all.push_back(checked_hash<Real>(
      "log", [](Real x) { return math::log(x); }, 0, 5));
  all.push_back(checked_hash<Real>(
      "log1p", [](Real x) { return math::log1p(x); }, -1, 5));
  all.push_back(checked_hash<Real>(
      "pow", [](Real x) { return math::pow(x, static_cast<Real>(0.4)); }, 0, 5));
  all.push_back(checked_hash<Real>(
      "pow", [](Real x) { return math::pow(x, static_cast<Real>(-3)); }, -5, 5));
  all.push_back(checked_hash<Real>(
      "sin", [](Real x) { return math::sin(x); }, -1e6, 1e6));
  all.push_back(checked_hash<Real>(
      "cos", [](Real x) { return math::cos(x); }, -10, 10));
  all.push_back(checked_hash<Real>(
      "normal_quantile", [](Real x) { return math::normal_quantile(x); }, 0, 1));
  all.push_back(checked_hash<Real>(
      "normal_from_word",
      [](Real x) { return math::normal_from_word<Real>(static_cast<std::uint32_t>(static_cast<std::int32_t>(x))); }, -2147483000,
      2147483000));
  return hash_of(all);
}

TEST(Functions, HaveTheSameBitsInLoopsAndInEveryBuild) {
  EXPECT_EQ(hash_of_all<double>(), 1354496257835324902ULL);
  EXPECT_EQ(hash_of_all<float>(), 13903896084612894954ULL);
}

TEST(Functions, OfDoublesOnlyHaveTheSameBitsInEveryBuild) {
  std::vector<std::uint64_t> all;
  all.push_back(checked_hash<double>(
      "erf", [](double x) { return math::erf(x); }, -5, 5));
  all.push_back(checked_hash<double>(
      "erfc", [](double x) { return math::erfc(x); }, -5, 25));
  all.push_back(checked_hash<double>(
      "normal_cdf", [](double x) { return math::normal_cdf(x); }, -37, 9));
  all.push_back(checked_hash<double>(
      "sin_turns", [](double x) { return math::sin_turns(x); }, -1e6, 1e6));
  all.push_back(checked_hash<double>(
      "normal_quantile_short", [](double x) { return math::normal_quantile_short(x); }, 0, 1));
  EXPECT_EQ(hash_of(all), 958013343821635237ULL);
}

TEST(Functions, TheHashNoticesOneBit) {
  std::vector<double> x = arguments<double>(0, 1);
  const std::uint64_t before = hash_of(x);
  x[77] = std::nextafter(x[77], 2.0);
  EXPECT_NE(hash_of(x), before);
}

}  // namespace spikeloom
