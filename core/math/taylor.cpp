// Crossings are isolated in Bernstein form: where all coefficients on an interval lie below the level so does the polynomial,
// with one change of sign there is one crossing, and anything else is halved, left half first.
#include "core/math/taylor.hpp"

#include <cstdint>
#include <limits>

#include "core/math/power.hpp"

namespace spikeloom::math {
namespace {

constexpr int order = Taylor::order;
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double longest_span = 1024;  ///< of a series whose last terms vanish but is no constant
constexpr int deepest = 40;            ///< halvings: what is closer than this is not told apart
constexpr double rounding = 0x1p-50;   ///< of a value, as a share of the terms it is summed from

struct Binomials {
  double inverse[order + 1] = {};  ///< 1 / (order over k)
};
constexpr Binomials binomials = [] {
  Binomials b;
  double value = 1;
  for (int k = 0; k <= order; ++k) {
    b.inverse[k] = 1 / value;
    value = value * (order - k) / (k + 1);
  }
  return b;
}();

/// A polynomial on a piece of [0, 1] by its Bernstein coefficients.
struct Piece {
  double from, to;
  double b[order + 1];
};

Piece bernstein(const double* powers) {
  Piece piece{0, 1, {}};
  for (int k = 0; k <= order; ++k) piece.b[k] = powers[k] * binomials.inverse[k];
  for (int i = 1; i <= order; ++i)
    for (int j = order; j >= i; --j) piece.b[j] += piece.b[j - 1];
  return piece;
}

/// Keeps the left half in `piece` and gives the right one (de Casteljau).
Piece halve(Piece& piece) {
  const double middle = 0.5 * (piece.from + piece.to);
  Piece right{middle, piece.to, {}};
  double row[order + 1];
  for (int k = 0; k <= order; ++k) row[k] = piece.b[k];
  for (int i = 0; i <= order; ++i) {
    piece.b[i] = row[0];
    right.b[order - i] = row[order - i];
    for (int k = 0; k < order - i; ++k) row[k] = 0.5 * (row[k] + row[k + 1]);
  }
  piece.to = middle;
  return right;
}

double value(const double* powers, double s) {
  double x = powers[order];
  for (int k = order - 1; k >= 0; --k) x = x * s + powers[k];
  return x;
}
double slope(const double* powers, double s) {
  double x = order * powers[order];
  for (int k = order - 1; k >= 1; --k) x = x * s + k * powers[k];
  return x;
}

/// The one place in [low, high] where the polynomial comes up through 0: Newton's steps, kept inside by halving.
double root(const double* powers, double low, double high) {
  double s = high;
  for (int i = 0; i < 100; ++i) {
    const double x = value(powers, s);
    if (x < 0) low = s;
    else high = s;
    const double newton = s - x / slope(powers, s);
    const double next = newton > low && newton < high ? newton : 0.5 * (low + high);
    if (next <= low || next >= high || next == s) break;
    s = next;
  }
  return high;
}

}  // namespace

double Taylor::at(double t) const { return value(c, t); }

Taylor decaying(double start, double rate) {
  Taylor x;
  x.c[0] = start;
  for (int k = 1; k <= order; ++k) x.c[k] = x.c[k - 1] * (-rate / k);
  return x;
}

double product_coefficient(const Taylor& a, const Taylor& b, int n) {
  double sum = 0;
  for (int k = 0; k <= n; ++k) sum += a.c[k] * b.c[n - k];
  return sum;
}

double trusted_span(const Taylor& x, double error) {
  double check = 0;
  bool moves = false;
  for (int k = 0; k <= order; ++k) {
    check += x.c[k] - x.c[k];
    moves = moves || (k > 0 && x.c[k] != 0);
  }
  if (check != 0) return std::numeric_limits<double>::quiet_NaN();
  if (!moves) return infinite;
  double span = longest_span;
  for (int k = order - 1; k <= order; ++k) {
    const double c = __builtin_fabs(x.c[k]), by_this = c > 0 ? pow(error / c, 1.0 / k) : infinite;
    span = by_this < span ? by_this : span;
  }
  return span;
}

double first_reach(const Taylor& x, double level, double span) {
  double powers[order + 1], scale = 1, upper = x.c[0] - level, size = __builtin_fabs(x.c[0]) + __builtin_fabs(level);
  powers[0] = upper;
  for (int k = 1; k <= order; ++k) {
    scale *= span;
    powers[k] = x.c[k] * scale;
    upper += powers[k] > 0 ? powers[k] : 0;
    size += __builtin_fabs(powers[k]);
  }
  if (upper < 0) return infinite;

  const double noise = rounding * size;
  Piece waiting[deepest + 1];  // pieces yet to be looked at, the next one last
  int count = 0;
  for (waiting[count++] = bernstein(powers); count > 0;) {
    Piece piece = waiting[--count];
    int changes = 0;
    double lowest = piece.b[0], highest = piece.b[0];
    for (int k = 1; k <= order; ++k) {
      changes += (piece.b[k] < 0) != (piece.b[k - 1] < 0);
      lowest = piece.b[k] < lowest ? piece.b[k] : lowest;
      highest = piece.b[k] > highest ? piece.b[k] : highest;
    }
    const bool starts_below = piece.b[0] < 0;
    if (changes == 0 && starts_below) continue;
    if (!starts_below && piece.from > 0) return piece.from * span;
    if (changes == 1 && starts_below) return root(powers, piece.from, piece.to) * span;
    // A flat touch, and not worth halving: without this, a potential resting at its threshold would be halved everywhere.
    if ((lowest >= -noise && highest <= noise) || piece.to - piece.from < 0x1.8p0 / (std::uint64_t{1} << deepest)) {
      if (value(powers, piece.to) < 0) continue;
      return piece.to * span;
    }
    const Piece right = halve(piece);
    waiting[count++] = right;
    waiting[count++] = piece;
  }
  return infinite;
}

Outlook outlook(const Taylor& x, double level, double error) {
  const double span = trusted_span(x, error);
  if (!(span < infinite)) return {span, false};
  const double reach = first_reach(x, level, span);
  return reach < infinite ? Outlook{reach, true} : Outlook{span, false};
}

}  // namespace spikeloom::math
