// Elementary functions whose bits are the same on every machine: all that a run may use in place of libm.
//
// exp expm1 tanh log log1p normal_quantile normal_from_word: templates on float and double; pow sin cos: overloads;
// sin_turns erf erfc normal_cdf: double. All but the last three are free of branches and vectorise in plain loops.
#pragma once

#include "core/math/exponential.hpp"
#include "core/math/logarithm.hpp"
#include "core/math/normal.hpp"
#include "core/math/power.hpp"
#include "core/math/special.hpp"
#include "core/math/trigonometric.hpp"
