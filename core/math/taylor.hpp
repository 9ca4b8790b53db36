// Taylor series of a solution in time: how far one may be trusted, and where it first reaches a level, none missed.
//
// A cell without a closed form is integrated from event to event by such series: its model computes the coefficients, a few
// dozen products each, and the step follows from the tolerance. The order is high because halving the error then costs little.
#pragma once

namespace spikeloom::math {

/// x(t) = c[0] + c[1] t + ... + c[order] t^order.
struct Taylor {
  static constexpr int order = 16;
  double c[order + 1] = {};

  double at(double t) const;
};

/// start e^(-rate t).
Taylor decaying(double start, double rate);

/// Coefficient n of a b.
double product_coefficient(const Taylor& a, const Taylor& b, int n);

/// For how long the terms left out stay about `error` at most, judged by the last two kept. Infinite for a constant, not a
/// number where a coefficient is none.
double trusted_span(const Taylor& x, double error);

/// What lies ahead of a solution: it reaches its level at `dt`, or it is to be expanded anew there.
struct Outlook {
  double dt;
  bool reaches;
};

/// The first time in (0, span] at which x, below `level` at 0, reaches it; infinite where it stays below. A crossing of less
/// than the rounding of x may be taken either way; no other is missed, however short.
double first_reach(const Taylor& x, double level, double span);

/// Within the trusted span of x.
Outlook outlook(const Taylor& x, double level, double error);

}  // namespace spikeloom::math
