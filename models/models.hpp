// The lists of built-in neuron models and plasticity rules. A new one is a header beside this and a name in a list.
#pragma once

#include "core/model.hpp"
#include "models/covariance_eligibility.hpp"
#include "models/delay_coincidence.hpp"
#include "models/delay_eligibility.hpp"
#include "models/izhikevich.hpp"
#include "models/izhikevich_cv.hpp"
#include "models/lif_alpha.hpp"
#include "models/lif_cond_exp.hpp"
#include "models/lif_delta.hpp"
#include "models/lif_exp.hpp"
#include "models/oja.hpp"
#include "models/pre_eligibility.hpp"
#include "models/stdp_deferred.hpp"
#include "models/stdp_eligibility.hpp"
#include "models/stdp_pair.hpp"
#include "models/stdp_triplet.hpp"
#include "models/stdp_vogels.hpp"
#include "models/tsodyks_markram.hpp"

namespace spikeloom {

template <class... Models>
struct ModelList {};

using BuiltinModels = ModelList<LifDelta, LifExp, LifAlpha, LifCondExp, Izhikevich, IzhikevichCv>;

using BuiltinRules = ModelList<StdpPair, StdpTriplet, StdpVogels, StdpEligibility, PreEligibility, CovarianceEligibility,
                               StdpDeferred, Oja, TsodyksMarkram>;

/// Rules that move delays; they have no kernels.
using BuiltinDelayRules = ModelList<DelayCoincidence, DelayEligibility>;

/// Neuron models and plasticity rules.
ModelSet builtin_models();

}  // namespace spikeloom
