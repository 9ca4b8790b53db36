// Leaky integrate-and-fire cells from event to event: closed forms of the state, and a search for the next crossing that
// misses none, however briefly V stays above the threshold.
//
// Between events  tau_m V' = -(V - V_inf) + R S(t),  S(t) a sum of terms exp(-t/tau) (exponential) or (I + A t/tau) exp(-t/tau)
// (alpha). The search goes down by derivatives (Rolle): V is monotone between zeros of V'; exp(t/tau_m) V' between zeros of S';
// S' exp(t/tau), tau the slower time constant, between zeros of its derivative, and the second derivative of that has one zero,
// in closed form. So each level has at most one zero in each piece that the level below leaves, and its sign at the ends tells.
// No form divides by a difference of time constants unless they are far apart.
#pragma once

#include "core/model.hpp"
#include "models/propagators.hpp"

namespace spikeloom::lif_exact {

struct Membrane {
  double E_L, V_th, V_reset, tau_m, resistance;
};

/// One synaptic current onto the membrane.
struct Synapse {
  double tau;
  double per_C;  ///< 1 / C_m
  double far;    ///< exponential: 1 / ((1/tau - 1/tau_m) C_m); 0: the time constants are close, use the forms that stay smooth
  double far_moment;   ///< alpha: 1 / ((1/tau - 1/tau_m)^2 tau C_m)
  double apart;        ///< 1/tau - 1/tau_m
  double most;         ///< no unit of I ever moves V further than this
  double most_moment;  ///< nor a unit of A
};

inline constexpr double margin = 1 + 1e-6;  ///< of bounds that were found by search

inline Membrane membrane(double C_m, double tau_m, double E_L, double V_th, double V_reset) {
  return {E_L, V_th, V_reset, tau_m, tau_m / C_m};
}

inline Synapse synapse(double C_m, double tau_m, double tau) {
  constexpr double enough = 0.1;  // apart by a tenth, a plain difference of exponentials loses one digit at most
  const double difference = tau_m - tau, slower = tau_m > tau ? tau_m : tau;
  const double apart = difference / (tau_m * tau);
  const bool close = __builtin_fabs(difference) < enough * slower;
  const double x = difference / tau;
  const double peak_at = tau_m * (x == 0 ? 1.0 : math::log1p(x) / x);
  double low = 0, high = 4 * (tau_m + tau);  // the response to A rises, then falls
  for (int i = 0; i < 60; ++i) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (alpha_drive(tau_m, tau, a) < alpha_drive(tau_m, tau, b) ? low : high) =
        alpha_drive(tau_m, tau, a) < alpha_drive(tau_m, tau, b) ? a : b;
  }
  return {.tau = tau,
          .per_C = 1 / C_m,
          .far = close ? 0 : 1 / (apart * C_m),
          .far_moment = close ? 0 : 1 / (apart * apart * tau * C_m),
          .apart = apart,
          .most = exponential_drive(tau_m, tau, peak_at) / C_m * margin,
          .most_moment = alpha_drive(tau_m, tau, 0.5 * (low + high)) / C_m * margin};
}

/// The course of a free cell from its last event on: N synaptic currents, all exponential or all alpha.
template <bool alpha, int N>
struct Course {
  const Membrane& m;
  const Synapse* synapse[N];  ///< the slower one first
  double V, V_inf;
  double I[N], A[N];

  /// What the currents have moved V by after t; `leak` is expm1(-t/tau_m).
  double pushed(double t, double leak) const {
    double sum = 0;
    for (int k = 0; k < N; ++k) {
      const Synapse& s = *synapse[k];
      if (s.far != 0) {
        const double decay = math::expm1(-t / s.tau);
        sum += I[k] * (s.far * (leak - decay));
        if constexpr (alpha) sum += A[k] * (s.far_moment * ((leak - decay) - s.apart * t * (1 + decay)));
      } else {
        sum += I[k] * (s.per_C * exponential_drive(m.tau_m, s.tau, t));
        if constexpr (alpha) sum += A[k] * (s.per_C * alpha_drive(m.tau_m, s.tau, t));
      }
    }
    return sum;
  }
  /// V(t) - V_th
  double above(double t) const {
    const double leak = math::expm1(-t / m.tau_m);
    return (V - m.V_th) + (leak * (V - V_inf) + pushed(t, leak));
  }
  /// tau_m V'(t), every term in its own decay, so that the sign holds when all have nearly gone.
  double slope(double t) const {
    const double left = math::exp(-t / m.tau_m);
    double sum = (V_inf - V) * left;
    for (int k = 0; k < N; ++k) {
      const Synapse& s = *synapse[k];
      const double scaled = t / s.tau, decay = math::exp(-scaled);
      if (s.far != 0) {
        sum += I[k] * (m.resistance * decay - s.far * (left - decay));
        if constexpr (alpha)
          sum += A[k] * (m.resistance * scaled * decay - s.far_moment * ((left - decay) - s.apart * t * decay));
      } else {
        sum += I[k] * (m.resistance * decay - s.per_C * exponential_drive(m.tau_m, s.tau, t));
        if constexpr (alpha) sum += A[k] * (m.resistance * scaled * decay - s.per_C * alpha_drive(m.tau_m, s.tau, t));
      }
    }
    return sum;
  }

  // S'(t) exp(t/tau[0]) = (p0 + q0 t) + exp(-gap t) (p1 + q1 t)
  double p(int k) const { return (alpha ? A[k] - I[k] : -I[k]) / synapse[k]->tau; }
  double q(int k) const { return alpha ? -A[k] / (synapse[k]->tau * synapse[k]->tau) : 0.0; }
  double gap() const { return (synapse[0]->tau - synapse[N - 1]->tau) / (synapse[0]->tau * synapse[N - 1]->tau); }
};

/// Up to a handful of ascending times.
struct Times {
  double at[8];
  int count = 0;
  void add(double t) { at[count++] = t; }
};

/// The zero of f between a and b, where its signs differ, within `width`.
template <class F>
double zero_between(const F& f, double a, double fa, double b, double fb, double width) {
  for (int i = 0; i < 300 && b - a > width + 0x1p-50 * b; ++i) {
    double t = a + (b - a) * (fa / (fa - fb));  // false position with halving, and bisection every third time
    if (i % 3 == 2 || !(t > a && t < b)) t = a + 0.5 * (b - a);
    const double ft = f(t);
    if (ft == 0) return t;
    if ((ft < 0) == (fa < 0)) a = t, fa = ft, fb *= 0.5;
    else b = t, fb = ft, fa *= 0.5;
  }
  return a + 0.5 * (b - a);
}

/// Zeros of f in (0, end), which is monotone (or of one zero) between the times of `breaks`.
template <class F>
Times zeros(const F& f, const Times& breaks, double end, double width) {
  Times found;
  double a = 0, fa = f(0);
  for (int i = 0; i <= breaks.count; ++i) {
    const double b = i < breaks.count ? breaks.at[i] : end;
    if (!(b > a && b <= end)) continue;
    const double fb = f(b);
    if ((fa < 0 && fb > 0) || (fa > 0 && fb < 0)) found.add(zero_between(f, a, fa, b, fb, width));
    else if (fb == 0 && b < end) found.add(b);
    a = b, fa = fb;
  }
  return found;
}

/// Zeros of S'.
template <bool alpha, int N>
Times turns(const Course<alpha, N>& course, double end, double width) {
  Times none, found;
  const double p0 = course.p(0), q0 = course.q(0);
  const auto keep = [&](double t) {
    if (t > 0 && t < end) found.add(t);
  };
  if constexpr (N == 1) {
    if (alpha && q0 != 0) keep(-p0 / q0);
    return found;
  } else {
    const double p1 = course.p(1), q1 = course.q(1), gap = course.gap();
    const auto bent = [&](double t) { return (p0 + q0 * t) + math::exp(-gap * t) * (p1 + q1 * t); };
    if constexpr (!alpha) return zeros(bent, none, end, width);
    const auto bent_slope = [&](double t) { return q0 + math::exp(-gap * t) * ((q1 - gap * p1) - gap * q1 * t); };
    if (gap * q1 != 0) keep((2 * q1 - gap * p1) / (gap * q1));
    return zeros(bent, zeros(bent_slope, found, end, width), end, width);
  }
}

/// The crossing in (a, b], where V rises from below the threshold to it or above.
template <class C>
double crossing_between(const C& course, double a, double b) {
  double t = a, f = course.above(a);
  for (int i = 0; i < 200; ++i) {
    const double rate = course.slope(t) / course.m.tau_m;
    double next = t - f / rate;  // Newton, kept within what is known
    if (!(next > a && next <= b) || i % 8 == 7) next = a + 0.5 * (b - a);
    if (__builtin_fabs(next - t) <= 1e-15 + 0x1p-51 * next) return next;
    t = next;
    f = course.above(t);
    if (f >= 0) b = t;
    else a = t;
    if (b - a <= 0x1p-51 * b) return b;
  }
  return b;
}

inline double longest_of(double a, double b) { return a > b ? a : b; }

/// When a free cell below its threshold reaches it. `horizon_ms` only spares work: what is found never depends on it.
template <bool alpha, int N>
Ahead next(const Course<alpha, N>& course, double horizon_ms) {
  const Membrane& m = course.m;
  const double below = m.V_th - course.V, rise = course.V_inf - m.V_th;
  double push = 0;
  bool quiet = true;
  for (int k = 0; k < N; ++k) {
    if (course.I[k] > 0) push += course.I[k] * course.synapse[k]->most;
    if (alpha && course.A[k] > 0) push += course.A[k] * course.synapse[k]->most_moment;
    quiet = quiet && course.I[k] == 0 && (!alpha || course.A[k] == 0);
  }
  if (quiet) return rise > 0 ? Ahead{m.tau_m * math::log1p(below / rise), true} : Ahead{};
  const double reach = longest_of(course.V, course.V_inf) + push;
  if (reach < m.V_th - 1e-12 * __builtin_fabs(m.V_th)) return {};
  // Within the horizon V moves at most at the largest of its rates.
  double rate = course.V_inf > course.V ? course.V_inf - course.V : 0;
  for (int k = 0; k < N; ++k) {
    if (course.I[k] > 0) rate += m.resistance * course.I[k];
    if (alpha && course.A[k] > 0) rate += m.resistance * course.A[k];
  }
  if (rate * horizon_ms < 0.999 * below * m.tau_m) return {};

  double slowest = m.tau_m, fastest = m.tau_m;
  for (int k = 0; k < N; ++k) {
    if (course.synapse[k]->tau > slowest) slowest = course.synapse[k]->tau;
    if (course.synapse[k]->tau < fastest) fastest = course.synapse[k]->tau;
  }
  const double end = 60 * slowest, width = 1e-10 * fastest;  // where all that decays is gone
  const Times bends = turns(course, end, width);
  const Times extremes = zeros([&](double t) { return course.slope(t); }, bends, end, width);
  double a = 0;
  for (int i = 0; i < extremes.count; ++i) {
    if (course.above(extremes.at[i]) >= 0) return {crossing_between(course, a, extremes.at[i]), true};
    a = extremes.at[i];
  }
  if (rise > 0 && course.above(end) >= 0) return {crossing_between(course, a, end), true};
  return {};
}

}  // namespace spikeloom::lif_exact
