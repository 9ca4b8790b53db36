// How a quadratic cell with a recovery variable is stepped: four conventions that give different spikes and must not be mixed.
//
//   half_step  two half steps of v, then u from the new v; spike at v >= peak                   (program of the 2003 paper)
//   published  one step of v, then u from the new v; spike at v > peak, labelled with the step's START; an input that
//              begins at t acts strictly after t                                                (figures of the 2004 paper)
//   euler      v and u from the old values; spike at v >= peak                                  (forward Euler)
//   accurate   Runge-Kutta of order 4 in four substeps; the crossing of the peak is located by integrating over v instead
//              of t up to the peak, the cell is reset there and the rest of the step integrated anew. At most one spike per
//              step: a second crossing waits at the peak for the next. Synaptic currents decay within the step.
//
// Arrivals join before the state moves. With tau_syn 0 an arrival is a current during its step only (even variants); else
// the currents decay from step to step first and arrivals are added (odd variants). variant = 2 * scheme + decaying.
//
// A model gives rate_v(c, v, u, I), rate_u(c, v, u) and floor(c, v); its coefficients hold h, half, peak, c, d, decay_exc,
// decay_inh, slow_exc, slow_inh (1/tau or 0); its states are v, u, I_exc, I_inh and the scratch numbers `now` and `crossed`.
#pragma once

#include <array>

#include "core/math/functions.hpp"
#include "core/model.hpp"

namespace spikeloom::izhikevich {

inline constexpr std::array<std::string_view, 4> schemes = {"half_step", "published", "euler", "accurate"};
inline constexpr int half_step = 0, published = 1, euler = 2, accurate = 3, variants = 8;

constexpr int scheme_of(int variant) { return variant / 2; }
constexpr bool decaying(int variant) { return variant % 2 != 0; }

/// 1 / tau, or 0: the current does not change within its one step.
inline double slowness(double tau) { return tau > 0.0 ? 1.0 / tau : 0.0; }
/// What remains after a step; nothing of a current of one step.
inline double decay(double tau, double h) { return tau > 0.0 ? math::exp(-h / tau) : 0.0; }

/// Currents decay, input is added; `now` is the synaptic current of this step.
template <int Variant, class State, class Coefficients, class R>
SPIKELOOM_INLINE void receive(State& s, const Coefficients& c, const R* input) {
  if constexpr (decaying(Variant)) {
    s.I_exc = s.I_exc * c.decay_exc + input[0];
    s.I_inh = s.I_inh * c.decay_inh + input[1];
    s.now = s.I_exc + s.I_inh;
  } else {
    s.now = input[0];
  }
}

/// All that moves within a step of `accurate`; also used for derivatives.
template <class R>
struct Point {
  R v, u, e, i;
};

template <class M, bool Decaying, class R, class Coefficients>
SPIKELOOM_INLINE Point<R> slope(const Coefficients& c, const Point<R>& p, R current) {
  const R I = Decaying ? p.e + p.i + current : p.e + current;
  return {M::template rate_v<R>(c, p.v, p.u, I), M::template rate_u<R>(c, p.v, p.u), Decaying ? -c.slow_exc * p.e : R(0),
          Decaying ? -c.slow_inh * p.i : R(0)};
}

template <class R>
SPIKELOOM_INLINE Point<R> along(const Point<R>& p, R t, const Point<R>& k) {
  return {p.v + t * k.v, p.u + t * k.u, p.e + t * k.e, p.i + t * k.i};
}
template <class R>
SPIKELOOM_INLINE Point<R> weighted(const Point<R>& k1, const Point<R>& k2, const Point<R>& k3, const Point<R>& k4) {
  return {k1.v + R(2) * (k2.v + k3.v) + k4.v, k1.u + R(2) * (k2.u + k3.u) + k4.u, k1.e + R(2) * (k2.e + k3.e) + k4.e,
          k1.i + R(2) * (k2.i + k3.i) + k4.i};
}

template <class M, bool Decaying, class R, class Coefficients>
SPIKELOOM_INLINE Point<R> runge_kutta(const Coefficients& c, const Point<R>& p, R current, R t) {
  const R half = R(0.5) * t;
  const Point<R> k1 = slope<M, Decaying, R>(c, p, current);
  const Point<R> k2 = slope<M, Decaying, R>(c, along(p, half, k1), current);
  const Point<R> k3 = slope<M, Decaying, R>(c, along(p, half, k2), current);
  const Point<R> k4 = slope<M, Decaying, R>(c, along(p, t, k3), current);
  return along(p, t / R(6), weighted(k1, k2, k3, k4));
}

/// Slopes with v as the variable; member v is that of time.
template <class M, bool Decaying, class R, class Coefficients>
SPIKELOOM_INLINE Point<R> slope_over_v(const Coefficients& c, const Point<R>& p, R current) {
  const Point<R> k = slope<M, Decaying, R>(c, p, current);
  const R per = R(1) / k.v;
  return {per, k.u * per, k.e * per, k.i * per};
}
template <class R>
SPIKELOOM_INLINE Point<R> at_v(const Point<R>& p, R v, R by, const Point<R>& k) {
  return {v, p.u + by * k.u, p.e + by * k.e, p.i + by * k.i};
}

/// The point where v is at the peak, by one Runge-Kutta step with v as the variable; `v` of the result is the time taken.
template <class M, bool Decaying, class R, class Coefficients>
SPIKELOOM_INLINE Point<R> to_peak(const Coefficients& c, const Point<R>& p, R current) {
  const R rise = c.peak > p.v ? c.peak - p.v : R(0), half = R(0.5) * rise;
  const Point<R> k1 = slope_over_v<M, Decaying, R>(c, p, current);
  const Point<R> k2 = slope_over_v<M, Decaying, R>(c, at_v(p, p.v + half, half, k1), current);
  const Point<R> k3 = slope_over_v<M, Decaying, R>(c, at_v(p, p.v + half, half, k2), current);
  const Point<R> k4 = slope_over_v<M, Decaying, R>(c, at_v(p, p.v + rise, rise, k3), current);
  return along(Point<R>{R(0), p.u, p.e, p.i}, rise / R(6), weighted(k1, k2, k3, k4));
}

/// One substep unless it would cross the peak; then the cell waits where it is, and `left` stays.
template <class M, bool Decaying, class R, class Coefficients>
SPIKELOOM_INLINE void substep(const Coefficients& c, Point<R>& p, R& left, R current, R t) {
  const Point<R> next = runge_kutta<M, Decaying, R>(c, p, current, t);
  p.v = next.v < c.peak ? next.v : p.v;
  p.u = next.v < c.peak ? next.u : p.u;
  p.e = next.v < c.peak ? next.e : p.e;
  p.i = next.v < c.peak ? next.i : p.i;
  left = next.v < c.peak ? left - t : left;
}

template <class M, bool Decaying, class R, class State, class Coefficients>
SPIKELOOM_INLINE void advance_accurately(State& s, const Coefficients& c, R current) {
  const R t = R(0.25) * c.h;
  Point<R> p{s.v, s.u, Decaying ? s.I_exc : s.now, Decaying ? s.I_inh : R(0)};
  R left = c.h;
  substep<M, Decaying, R>(c, p, left, current, t);
  substep<M, Decaying, R>(c, p, left, current, t);
  substep<M, Decaying, R>(c, p, left, current, t);
  substep<M, Decaying, R>(c, p, left, current, t);
  const R crossed = left > R(0.5) * t ? R(1) : R(0);

  const Point<R> peak = to_peak<M, Decaying, R>(c, p, current);
  R rest = left - (peak.v > R(0) ? peak.v : R(0));
  rest = rest > R(0) ? rest : R(0);
  // (v - v) is 0, and keeps a NaN visible.
  Point<R> q{c.c + (p.v - p.v), (c.peak > p.v ? peak.u : p.u) + c.d, peak.e, peak.i};
  const R piece = R(0.5) * rest;  // the way on from the reset is slow
  q = runge_kutta<M, Decaying, R>(c, q, current, piece);
  q = runge_kutta<M, Decaying, R>(c, q, current, piece);
  q.v = q.v > c.peak ? c.peak : q.v;

  s.v = crossed > R(0) ? q.v : p.v;
  s.u = crossed > R(0) ? q.u : p.u;
  s.crossed = crossed;
}

template <class M, int Variant, class R, class State, class Coefficients>
SPIKELOOM_INLINE void advance(State& s, const Coefficients& c, R current) {
  constexpr int scheme = scheme_of(Variant);
  if constexpr (scheme == accurate) {
    advance_accurately<M, decaying(Variant), R>(s, c, current);
    s.v = M::template floor<R>(c, s.v);
    return;
  }
  const R I = s.now + current;
  if constexpr (scheme == half_step) {
    R v = M::template floor<R>(c, s.v + c.half * M::template rate_v<R>(c, s.v, s.u, I));
    s.v = M::template floor<R>(c, v + c.half * M::template rate_v<R>(c, v, s.u, I));
    s.u = s.u + c.h * M::template rate_u<R>(c, s.v, s.u);
  }
  if constexpr (scheme == published) {
    s.v = M::template floor<R>(c, s.v + c.h * M::template rate_v<R>(c, s.v, s.u, I));
    s.u = s.u + c.h * M::template rate_u<R>(c, s.v, s.u);
  }
  if constexpr (scheme == euler) {
    const R v = s.v;
    s.v = M::template floor<R>(c, v + c.h * M::template rate_v<R>(c, v, s.u, I));
    s.u = s.u + c.h * M::template rate_u<R>(c, v, s.u);
  }
}

template <int Variant, class R, class State, class Coefficients>
SPIKELOOM_INLINE bool fire(State& s, const Coefficients& c) {
  if constexpr (scheme_of(Variant) == accurate) return s.crossed > R(0);  // reset where it crossed
  const bool spike = scheme_of(Variant) == published ? s.v > c.peak : s.v >= c.peak;
  s.v = spike ? c.c : s.v;
  s.u = spike ? s.u + c.d : s.u;
  return spike;
}

}  // namespace spikeloom::izhikevich
