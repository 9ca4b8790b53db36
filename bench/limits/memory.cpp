// Reading memory: in order, at random places, and where each address hangs on the load before.
#include <fmt/format.h>

#include <bit>
#include <numeric>

#include "bench/limits/buffer.hpp"
#include "bench/limits/limit.hpp"
#include "core/math/philox.hpp"

namespace spikeloom::limits {
namespace {

std::string size_text(std::uint64_t bytes) {
  return bytes >= std::uint64_t{1} << 30 ? fmt::format("{} GiB", bytes >> 30)
         : bytes >= 1 << 20              ? fmt::format("{} MiB", bytes >> 20)
                                         : fmt::format("{} KiB", bytes >> 10);
}

std::uint64_t content(std::uint64_t line) { return scatter(line + 12345); }

Limit bandwidth(const Loops& loops, const Sizes& sizes, const Buffer<Line>& lines, int threads) {
  Limit limit{"read bandwidth", size_text(sizes.large_bytes) + ", in order", Unit::gigabytes_per_s, sizeof(Line), {}};
  for (int n = 1; n <= threads; ++n) {
    std::vector<Work> works;
    std::vector<std::uint64_t> expected;
    for (int t = 0; t < n; ++t) {
      const std::size_t begin = lines.size() * static_cast<std::size_t>(t) / static_cast<std::size_t>(n);
      const std::size_t end = lines.size() * static_cast<std::size_t>(t + 1) / static_cast<std::size_t>(n);
      works.push_back({end - begin, [&loops, &lines, begin, end] { return loops.read(lines.data() + begin, end - begin); }});
      std::uint64_t sum = 0;
      for (std::size_t i = begin; i < end; ++i) sum += content(i) * line_words + line_words * (line_words - 1) / 2;
      expected.push_back(sum);
    }
    limit.speeds.push_back(time_side_by_side(
        works, sizes.repeats, [&](std::size_t t, std::uint64_t found) { expect_equal(limit.name, found, expected[t]); }));
  }
  return limit;
}

Limit independent(const Loops& loops, const Sizes& sizes, const Buffer<Line>& lines, int threads) {
  Limit limit{"independent random lines", "64 bytes each in " + size_text(sizes.large_bytes), Unit::millions_per_s, 1, {}};
  const int bits = std::countr_zero(lines.size());
  const std::uint64_t count = sizes.least_operations;
  for (int n = 1; n <= threads; ++n) {
    std::vector<Work> works;
    std::vector<std::uint64_t> expected;
    for (int t = 0; t < n; ++t) {
      const std::uint64_t first = static_cast<std::uint64_t>(t) * count;
      works.push_back(
          {count, [&loops, &lines, bits, first, count] { return loops.random_lines(lines.data(), bits, first, count); }});
      std::uint64_t sum = 0;
      for (std::uint64_t k = first; k < first + count; ++k) sum += content(scatter(k) >> (64 - bits));
      expected.push_back(sum);
    }
    limit.speeds.push_back(time_side_by_side(
        works, sizes.repeats, [&](std::size_t t, std::uint64_t found) { expect_equal(limit.name, found, expected[t]); }));
  }
  return limit;
}

/// A walk through all lines in random order; one thread, since two would only do the same twice.
Limit dependent(const Loops& loops, const Sizes& sizes, std::uint64_t bytes) {
  Limit limit{"dependent load", "in " + size_text(bytes), Unit::ns_each, 1, {}};
  const auto count = static_cast<std::uint32_t>(bytes / sizeof(Line));
  const Buffer<Line> lines(count);
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  for (std::uint32_t i = count; i-- > 1;) std::swap(order[i], order[philox(55, i, 0, 0, 0)[0] % i]);
  for (std::uint32_t i = 0; i < count; ++i) lines[order[i]].word[0] = order[(i + 1) % count];
  const std::uint64_t hops = sizes.least_operations / 8;
  const std::uint32_t end = order[hops % count], start = order[0];
  limit.speeds.push_back(time_side_by_side({{hops, [&] { return loops.chase(lines.data(), start, hops); }}}, sizes.repeats,
                                           [&](std::size_t, std::uint64_t found) { expect_equal(limit.name, found, end); }));
  return limit;
}

}  // namespace

std::vector<Limit> memory_limits(const Loops& loops, const Sizes& sizes, int threads) {
  std::vector<Limit> limits;
  {
    const Buffer<Line> lines(sizes.large_bytes / sizeof(Line));
    for (std::size_t i = 0; i < lines.size(); ++i)
      for (std::uint32_t w = 0; w < line_words; ++w) lines[i].word[w] = content(i) + w;
    limits.push_back(bandwidth(loops, sizes, lines, threads));
    limits.push_back(independent(loops, sizes, lines, threads));
  }
  std::vector<std::uint64_t> sets;
  for (const std::uint64_t kib : {16, 256, 8 << 10, 16 << 10, 24 << 10})
    if (kib << 10 < sizes.large_bytes) sets.push_back(kib << 10);
  sets.push_back(sizes.large_bytes);
  for (const std::uint64_t bytes : sets) limits.push_back(dependent(loops, sizes, bytes));
  return limits;
}

}  // namespace spikeloom::limits
