// Leaky integrate-and-fire cells from event to event: closed forms of the state, and a search for the next crossing that
// misses none, however briefly V stays above the threshold.
//
// Between events  tau_m V' = -(V - V_inf) + R S(t),  S(t) a sum of terms exp(-t/tau) (exponential) or (I + A t/tau) exp(-t/tau)
// (alpha). The search goes down by derivatives (Rolle): V is monotone between zeros of V'; exp(t/tau_m) V' between zeros of S';
// S' exp(t/tau), tau the slower time constant, between zeros of its derivative, and the second derivative of that has one zero,
// in closed form. So each level has at most one zero in each piece that the level below leaves, and its sign at the ends tells.
// No form divides by a difference of time constants unless they are far apart. Most of the time there is nothing to search:
// bounds rule a crossing out, for ever or up to the horizon, and one exponential current has its only extremum in closed form.
#pragma once

#include "core/exact_cell.hpp"
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

  /// expm1(-t/tau_m), and of the synaptic time constants: what every form below is made of.
  struct Decays {
    double decay[N], leak;
  };
  Decays decays(double t) const {
    double all[N + 1];  // side by side, so that they can be computed together
    for (int k = 0; k < N; ++k) all[k] = -t / synapse[k]->tau;
    all[N] = -t / m.tau_m;
    for (double& each : all) each = math::expm1(each);
    Decays d;
    for (int k = 0; k < N; ++k) d.decay[k] = all[k];
    d.leak = all[N];
    return d;
  }
  /// What t moves V by.
  double moved(double t, const Decays& d) const {
    double sum = 0;
    for (int k = 0; k < N; ++k) {
      const Synapse& s = *synapse[k];
      if (s.far != 0) {
        sum += I[k] * (s.far * (d.leak - d.decay[k]));
        if constexpr (alpha) sum += A[k] * (s.far_moment * ((d.leak - d.decay[k]) - s.apart * t * (1 + d.decay[k])));
      } else {
        sum += I[k] * (s.per_C * exponential_drive(m.tau_m, s.tau, t));
        if constexpr (alpha) sum += A[k] * (s.per_C * alpha_drive(m.tau_m, s.tau, t));
      }
    }
    return d.leak * (V - V_inf) + sum;
  }
  /// V(t) - V_th
  double above(double t) const { return (V - m.V_th) + moved(t, decays(t)); }
  /// The same and V'(t), good enough to step by.
  void look(double t, double& above, double& rate) const {
    const Decays d = decays(t);
    above = (V - m.V_th) + moved(t, d);
    double push = 0;
    for (int k = 0; k < N; ++k) push += (alpha ? I[k] + t / synapse[k]->tau * A[k] : I[k]) * (1 + d.decay[k]);
    rate = (m.resistance * push - (above + m.V_th - V_inf)) / m.tau_m;
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
  double t = a;
  for (int i = 0; i < 200; ++i) {
    double f, rate;
    course.look(t, f, rate);
    if (i > 0) (f >= 0 ? b : a) = t;
    if (b - a <= 0x1p-51 * b) return b;
    double next = t - f / rate;  // Newton, kept within what is known
    if (!(next > a && next <= b) || i % 8 == 7) next = a + 0.5 * (b - a);
    if (__builtin_fabs(next - t) <= 1e-15 + 0x1p-51 * next) return next;
    t = next;
  }
  return b;
}

/// Far above what rounding does to V, far below what matters: who takes it off a bound never contradicts who searches.
template <bool alpha, int N>
double noise(const Course<alpha, N>& course) {
  double scale = __builtin_fabs(course.m.V_th) + __builtin_fabs(course.V) + __builtin_fabs(course.V_inf);
  for (int k = 0; k < N; ++k)
    scale += course.m.resistance * (__builtin_fabs(course.I[k]) + (alpha ? __builtin_fabs(course.A[k]) : 0.0));
  return 1e-10 * scale;
}

/// Neither the largest responses to all that pushes upwards lift V to the threshold.
template <bool alpha, int N>
SPIKELOOM_INLINE bool out_of_reach(const Course<alpha, N>& course) {
  double top = course.V > course.V_inf ? course.V : course.V_inf;
  for (int k = 0; k < N; ++k) {
    if (course.I[k] > 0) top += course.I[k] * course.synapse[k]->most;
    if (alpha && course.A[k] > 0) top += course.A[k] * course.synapse[k]->most_moment;
  }
  return top < course.m.V_th - 1e-12 * __builtin_fabs(course.m.V_th);
}

/// Nor does, within the horizon, the largest rate. It would have to lift V from where it is now, for the last time, so that the
/// leak is known; what pulls downwards is still there in part.
template <bool alpha, int N>
bool out_of_reach_until(const Course<alpha, N>& course, double horizon_ms) {
  const double R = course.m.resistance;
  double rate = course.V_inf - course.V;
  for (int k = 0; k < N; ++k) {
    const double scaled = horizon_ms / course.synapse[k]->tau;
    if (course.I[k] > 0) rate += R * course.I[k];
    else if (scaled < 1) rate += R * course.I[k] * (1 - scaled);
    if (alpha && course.A[k] > 0) rate += R * course.A[k] * (scaled < 1 ? scaled : 1);
  }
  return rate * horizon_ms < (0.999 * (course.m.V_th - course.V) - noise(course)) * course.m.tau_m;
}

/// One exponential current, far from tau_m: V - V_inf = a exp(-t/tau_m) - b exp(-t/tau), which turns once at most.
inline Ahead next_of_one(const Course<false, 1>& course, double horizon_ms) {
  const Membrane& m = course.m;
  const Synapse& s = *course.synapse[0];
  const double b = course.I[0] * s.far, a = course.V - course.V_inf + b;
  const double turn = math::log(m.tau_m * b / (s.tau * a)) / s.apart;  // not a number: none
  const bool upwards = course.V_inf - course.V + m.resistance * course.I[0] > 0, stays = course.V_inf > m.V_th;
  double from = 0, end = 60 * (m.tau_m > s.tau ? m.tau_m : s.tau);  // where all that decays is gone
  if (upwards) {
    if (turn > 0) end = turn;
    else if (!stays) return {};
  } else {
    if (!stays) return {};
    if (turn > 0) from = turn;
  }
  if (!(course.above(end) >= 0)) return {};
  if (horizon_ms < end && course.above(horizon_ms) < -noise(course)) return {horizon_ms, Ahead::asks};
  return {crossing_between(course, from, end), Ahead::spikes};
}

/// When a free cell below its threshold reaches it, where it may come close.
template <bool alpha, int N>
__attribute__((noinline)) Ahead search(const Course<alpha, N>& course, double horizon_ms) {
  const Membrane& m = course.m;
  const double rise = course.V_inf - m.V_th;
  bool quiet = true;
  for (int k = 0; k < N; ++k) quiet = quiet && course.I[k] == 0 && (!alpha || course.A[k] == 0);
  if constexpr (N == 2)  // a current that is not there decides nothing: where all is gone, its time constant may be far beyond
                         // the others
    for (int k = 0; k < 2 && !quiet; ++k)
      if (course.I[k] == 0 && (!alpha || course.A[k] == 0))
        return search(Course<alpha, 1>{m, {course.synapse[1 - k]}, course.V, course.V_inf, {course.I[1 - k]}, {course.A[1 - k]}},
                      horizon_ms);
  if (quiet) return rise > 0 ? Ahead{m.tau_m * math::log1p((m.V_th - course.V) / rise), Ahead::spikes} : Ahead{};
  if (horizon_ms < unbounded && out_of_reach_until(course, horizon_ms)) return {horizon_ms, Ahead::asks};
  if constexpr (!alpha && N == 1)
    if (course.synapse[0]->far != 0) return next_of_one(course, horizon_ms);

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
    if (course.above(extremes.at[i]) >= 0) return {crossing_between(course, a, extremes.at[i]), Ahead::spikes};
    a = extremes.at[i];
  }
  if (rise > 0 && course.above(end) >= 0) return {crossing_between(course, a, end), Ahead::spikes};
  return {};
}

/// When a free cell below its threshold reaches it. Most of the time it is out of reach.
template <bool alpha, int N>
SPIKELOOM_INLINE Ahead next(const Course<alpha, N>& course, double horizon_ms) {
  return out_of_reach(course) ? Ahead{} : search(course, horizon_ms);
}

}  // namespace spikeloom::lif_exact
